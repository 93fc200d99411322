"""The explorer: a world in the browser, beside one that is changed.

opened      what the command was given: a scenario, a run, a study
levers      what can be changed, with ranges and sources of the register
desk        where worlds are run in the background, and shared between browsers
extracts    what views show of a run: small tables
looks       colours of light and dark, and what every chart has in common
atlas       the map
charts      prices, shares, stages, flights, holders, events
sayings     what views show, in words; differences between two worlds
downloads   scenario, tables and figures to take away
panels      controls and the answer to each, for one browser
server      the page at one address of this machine
"""
