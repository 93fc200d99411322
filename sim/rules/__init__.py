"""What the equations are: pure compiled rules over arrays.

The contract of every rule: arrays and a record of parameters in, arrays changed
in place or returned; no objects, no look-ups by name, no random state (draws are
keyed, see ``sim.engine.streams``); sums run in the order written. Inner loops read arrays
from local names: reaching through a named tuple costs a reference count each time.

production   how much growers make
handling     what those who handle a load keep, inferred from reference prices
netback      what a kilogram is worth at a place, and which way it goes
ordering     how cartels size order books and split them over zones
purchase     how bids meet stocks at the farm gate
dispatch     how stock leaves in whole consignments
flying       the pilots' labour market
interdiction which consignments are seized, and what that costs
pricing      how end markets price what arrives
belief       how seizures turn into believed risk
policing     how agencies place effort
trust        which places are open to whom, and who pays which toll
membership   how many members a gang has
territory    who holds a place: contests, fights, tolls, moving in
affiliation  whom gangs work for, and at what price
costs        what networks cost to build and keep
expansion    which corridors and markets organisations open
retreat      how networks wear, lines close and cartels fold
contests     the order of all this in a week
"""
