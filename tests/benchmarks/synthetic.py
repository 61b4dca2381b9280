"""A synthetic model of middle size in Vensim's text: eight coupled regions, made up, of no place.

Of World3's size and make (about 260 variables, 400 steps, some fifty tables, smoothed and delayed flows, few
powers), for those who have no model of middle size at hand.
"""

from __future__ import annotations

REGIONS = 8

_REGION = """
population {i}= INTEG (births {i} - deaths {i} + arrivals {i}, initial population {i}) ~ person ~ |
initial population {i}= {people} ~ person ~ |
births {i}= population {i} * birth rate {i} * births by food {i}(food ratio {i}) ~ person/year ~ |
birth rate {i}= 0.03 ~ 1/year ~ |
births by food {i}( (0,0),(0.5,0.4),(1,1),(2,0.9),(4,0.6),(8,0.5) ) ~ Dmnl ~ |
deaths {i}= population {i} / (life expectancy {i} * deaths by smoke {i}(felt smoke {i})) ~ person/year ~ |
deaths by smoke {i}( (0,1),(2,0.98),(5,0.9),(10,0.7),(40,0.5) ) ~ Dmnl ~ |
life expectancy {i}= normal life {i} * life by food {i}(food ratio {i}) ~ year ~ |
normal life {i}= 52 ~ year ~ |
life by food {i}( (0,0.3),(1,0.9),(2,1.2),(4,1.35),(8,1.4) ) ~ Dmnl ~ |
food ratio {i}= ZIDZ( food {i}, population {i} * subsistence {i} ) ~ Dmnl ~ |
subsistence {i}= 1.8 ~ ton/(year*person) ~ |
food {i}= land {i} * yield {i} * (1 - 0.3 * MIN(1, smoke {i} / 40)) ~ ton/year ~ |
yield {i}= 1.2 * yield by output {i}(output per head {i}) ~ ton/(year*hectare) ~ |
yield by output {i}( (0,1),(1,1.1),(2,1.2),(4,1.3),(8,1.5),(16,1.8) ) ~ Dmnl ~ |
land {i}= INTEG ( clearing {i} - erosion {i}, {land}) ~ hectare ~ |
clearing {i}= MAX(0, potential land {i} - land {i}) * clearing rate {i} ~ hectare/year ~ |
potential land {i}= 600 ~ hectare ~ |
clearing rate {i}= IF THEN ELSE(Time > policy year, 0.005, 0.015) ~ 1/year ~ |
erosion {i}= land {i} / 800 ~ hectare/year ~ |
capital {i}= INTEG ( investment {i} - capital {i} / capital life {i}, {capital}) ~ ton ~ |
capital life {i}= 16 ~ year ~ |
investment {i}= output {i} * invested share {i} ~ ton/year ~ |
invested share {i}= 0.17 * share by ore {i}( ore {i} / 9000 ) ~ Dmnl ~ |
share by ore {i}( (0,0.1),(0.25,0.5),(0.5,0.9),(1,1) ) ~ Dmnl ~ |
output {i}= productivity {i} * capital {i} * use by hands {i}( population {i} / capital {i} ) ~ ton/year ~ |
use by hands {i}( (0,0),(0.1,0.25),(0.3,0.55),(0.6,0.8),(1,0.95),(2,1.1),(10,1.2) ) ~ Dmnl ~ |
productivity {i}= 0.55 * (1 + growth {i} * (Time - INITIAL TIME)) ~ 1/year ~ |
growth {i}= 0.006 ~ 1/year ~ |
output per head {i}= ZIDZ( output {i}, population {i} ) ~ ton/(year*person) ~ |
ore {i}= INTEG ( - mining {i}, 9000) ~ ton ~ |
mining {i}= MIN(output {i} * ore intensity {i}, ore {i} / 4) ~ ton/year ~ |
ore intensity {i}= 0.2 ~ Dmnl ~ |
smoke {i}= INTEG ( DELAY3( emission {i}, transit {i} ) - smoke {i} / decay {i}, 1) ~ Dmnl ~ |
emission {i}= output {i} * 0.004 * (1 + 0.1 * SQRT(smoke {next} / 10)) ~ 1/year ~ |
transit {i}= 10 ~ year ~ |
decay {i}= 12 ~ year ~ |
felt smoke {i}= SMOOTH( smoke {i}, 5 ) ~ Dmnl ~ |
arrivals {i}= population {next} * openness * (output per head {i} - output per head {next})
    / (output per head {i} + output per head {next}) ~ person/year ~ |
"""

_REST = """
policy year= 1990 ~ year ~ |
openness= 0.004 ~ 1/year ~ |
world population= {everyone} ~ person ~ |
INITIAL TIME= 1900 ~ year ~ |
FINAL TIME= 2100 ~ year ~ |
TIME STEP= 0.5 ~ year ~ |
SAVEPER= 1 ~ year ~ |
"""


def text(regions: int = REGIONS) -> str:
    """Write the model; each region differs a little and looks at its neighbour."""
    parts = [
        _REGION.format(i=i, next=i % regions + 1, people=90 + 7 * i, land=250 + 9 * i, capital=150 + 11 * i)
        for i in range(1, regions + 1)
    ]
    everyone = " + ".join(f"population {i}" for i in range(1, regions + 1))
    return "{UTF-8}\n" + "".join(parts) + _REST.format(everyone=everyone)
