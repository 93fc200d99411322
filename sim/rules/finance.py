"""What owners take out of the business."""

import numpy as np

from sim.engine.compiled import kernel
from sim.world.codes import QUARTER, WITHDRAWN


@kernel
def withdraw(w, ordering):
    """Let owners take out capital above what the business needs.

        taken = withdrawal_per_week (capital - kept)    where that is positive
        kept  = max(weeks x weekly spending, war chest)
        weeks = max(capital_weeks, 1 / spending_share_per_week)

    in USD, with spending smoothed over a quarter. The war chest is what the
    organisation is known to have; where a scenario sets an organisation's capital, that
    is what stays. Without it capital would grow without bound and mean nothing. Who spends
    no more than a share of its capital a week needs the inverse of that share: owners who took
    out more would buy less every week until nothing is left.
    """
    lines, cartels = w.lines, w.cartels
    spent = np.zeros(cartels.capital_usd.size)
    weeks = max(ordering.capital_weeks, 1.0 / ordering.spending_share_per_week)
    for row in range(lines.cartel.size):
        spent[lines.cartel[row]] += w.week.paid_usd[row]
    for owner in range(w.exchanges.own_usd.size):
        spent[owner] -= w.exchanges.own_usd[owner]
    for owner in range(spent.size):
        cartels.spending_usd[owner] += (spent[owner] - cartels.spending_usd[owner]) / QUARTER
        kept = cartels.chest_usd[owner]
        if not cartels.chest_only[owner]:
            kept = max(kept, weeks * cartels.spending_usd[owner])
        excess = cartels.capital_usd[owner] - kept
        if excess > 0.0:
            taken = ordering.withdrawal_per_week * excess
            cartels.capital_usd[owner] -= taken
            w.books.usd[WITHDRAWN] += taken
