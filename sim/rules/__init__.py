"""What the equations are: pure compiled rules over arrays, one idea a file.

The contract of every rule: arrays and numbers in, arrays changed in place or numbers
returned; no objects, no look-ups by name, no random state (draws are keyed, see
``sim.engine.streams``); sums run in the order written, so that the bits are the same with
the compiler off.

A rule takes what it reads: ``w``, the whole world, where it reads much of it; else the groups
by name (``sim.world.state`` says what they hold); the sections of the register by theirs
(``routing``, ``expansion``; ``territory_numbers`` beside the group ``territory``), or
``numbers``, all of them. Index letters and shapes are those of ``sim.world.state``: (o, n) is
by organisation and place. Rules walk over producers and pilots with ``i`` and over lines with
``row``. To the compiler a group costs one pointer.

In the order of the week (``sim.week``):

paths        what yearly series make of effort, capacity and local costs this week
production   how much growers and laboratories make
netback      what a kilogram is worth at a place, and which way it goes
ordering     how cartels size order books and split them over zones
purchase     how bids meet stocks at the farm gate
exchange     how goods change hands between organisations on the way
dispatch     how stock leaves in whole consignments
flying       the pilots' labour market: who flies, for whom, at what wage
interdiction which consignments are seized, and what that costs
settlement   who is paid for a consignment, and who counts it
transit      goods on their way: sent on from a place, arrived at the next
pricing      how end markets price what arrives
belief       how seizures turn into believed risk
territory    who holds a place: contests between gangs, moving in and giving up
stakes       what gangs contest at a place: its rents
local_shocks luck of a gang at a place
violence     fights over places: what they cost in lives, where they spread
membership   how many members a gang has
tolls        what passing a place costs, and to whom it goes
affiliation  whom gangs work for, and at what price
investing    when organisations look at posts and new markets
expansion    new markets: who begins to sell where it has not sold before
posts        what a place of one's own is worth, when it is opened and given up
size         how large a line is: what its margin calls for, what people and money allow
corridors    ways that are not open yet: what opens them, what they would be worth
costs        what it costs to build and to keep a network
retreat      how lines close and cartels fold
trust        whom a cartel can rely on, what it keeps of its goods, which ways are open
policing     how agencies place effort
finance      what owners take out of the business

Outside the week:

handling     what those who handle a load keep, inferred once from reference prices
looking      what every post, place and new market would earn, for the inference of costs
best_effort  the best placing of effort by agencies that know every flow
"""
