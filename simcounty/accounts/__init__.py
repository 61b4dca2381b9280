"""Published figures of counties, provinces and the nation, and how they are carried."""
