"""What owners take out of the business."""

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import WITHDRAWN


@kernel
def withdraw(lines, week, cartels, books, p):
    """Let owners take out capital above what the business needs.

    What stays is ``capital_weeks`` of smoothed spending, or the war chest that the
    organisation is known to have if that is more; where a scenario sets an
    organisation's capital, that is what stays. A constant share of the excess
    leaves each week. Without
    it capital would grow without bound and mean nothing.
    """
    spent = np.zeros(cartels.capital_usd.size)
    for row in range(lines.cartel.size):
        spent[lines.cartel[row]] += week.paid_usd[row]
    for owner in range(spent.size):
        cartels.spending_usd[owner] += (spent[owner] - cartels.spending_usd[owner]) / 13.0
        kept = cartels.chest_usd[owner]
        if not cartels.chest_only[owner]:
            kept = max(kept, p.capital_weeks * cartels.spending_usd[owner])
        excess = cartels.capital_usd[owner] - kept
        if excess > 0.0:
            taken = p.withdrawal_per_week * excess
            cartels.capital_usd[owner] -= taken
            books.usd[WITHDRAWN] += taken
