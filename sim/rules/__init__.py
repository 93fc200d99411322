"""What the equations are: pure compiled rules over arrays.

The contract of every rule: arrays and a group of numbers in, arrays changed in place
or returned; no objects, no look-ups by name, no random state (draws are keyed, see
``sim.engine.streams``); sums run in the order written. ``sim.week`` says which rule
follows which.

production   how much growers and laboratories make
netback      what a kilogram is worth at a place, and which way it goes
handling     what those who handle a load keep, inferred from reference prices
ordering     how cartels size their order books and split them over zones
purchase     how bids meet stocks at the farm gate
dispatch     how stock leaves in whole consignments
flying       the pilots' labour market: who flies, for whom, at what wage
interdiction which consignments are seized, and what that costs
settlement   who is paid for a consignment
transit      goods on their way: sent on from a place, arrived at the next
pricing      how end markets price what arrives
belief       how seizures turn into believed risk
territory    who holds a place: contests, moving in, giving up
violence     fights over places: lives, spread, healing
membership   how many members a gang has
tolls        what passing a place costs, and to whom it goes
affiliation  whom gangs work for, and at what price
costs        what networks cost to build and keep
corridors    ways that are not open yet, and what they would be worth
expansion    which new markets organisations begin to serve
posts        what a place of one's own is worth, when it is opened and given up
investing    when organisations look at what they might invest in
looking      what every post, place and new market would earn now
size         how large lines are: what margins call for, and people and money allow
retreat      how lines close and cartels fold
trust        whom a cartel can rely on, and which places are open to it
policing     how agencies place effort
best_effort  the best placing of effort by agencies that know every flow
finance      what owners take out of the business
"""
