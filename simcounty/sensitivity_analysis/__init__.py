"""What moves a target: indices of sensitivity, and scenario discovery."""
