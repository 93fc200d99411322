"""How many members a gang has."""

import math

from sim.engine.compiled import kernel


@kernel
def membership_change(members, recruitment, arrests, rival_losses, crowding):
    """Return the weekly change of a gang's membership.

        dC = C (rho - arrests - theta sum(rivals) - omega C)

    after Prieto-Curiel, Campedelli & Hope (2023), with every rate per member and
    week: recruitment ``rho``, the hazard of arrest, losses to rivals, and quarrels
    that grow with size. With a fixed total of arrests the hazard is that total
    over all members.

    Examples
    --------
    >>> round(float(membership_change(1000.0, 0.003, 0.001, 0.0, 1e-6)), 9)
    1.0
    """
    return members * (recruitment - arrests - rival_losses - crowding * members)


@kernel
def recruit(cartels, gangs, p, fixed_arrests):
    """Let every gang recruit, lose members to arrest, fights and quarrels.

    Recruitment rises with income over its usual level, to the power
    ``income_power`` and at most ``largest_recruitment`` times the usual; the arm of
    a trading cartel recruits as usual, whatever its tolls. With
    ``fixed_arrests`` the number of arrests is that of the usual membership, however
    many members there are; otherwise each member bears the same hazard. Crews held
    after seizures are taken when that happens; as many as are usual are replaced.
    """
    total, usual = 0.0, 0.0
    for g in range(gangs.members.size):
        total += gangs.members[g]
        usual += gangs.usual_members[g]
    for g in range(gangs.members.size):
        if gangs.members[g] <= 0.0:
            continue
        killed = min(gangs.lost[g], 0.5 * gangs.members[g])
        hazard = p.arrests_per_week
        if fixed_arrests:
            hazard *= usual / max(total, 1.0)
        luck = 1.0
        if gangs.usual_income_usd[g] > 0.0 and not cartels.trades[g]:
            ratio = max(gangs.income_usd[g] / gangs.usual_income_usd[g], 1e-3)
            luck = min(math.exp(p.income_power * math.log(ratio)), p.largest_recruitment)
        change = membership_change(
            gangs.members[g],
            p.recruitment_per_week * luck,
            hazard,
            killed / gangs.members[g],
            gangs.crowding[g],
        )
        gangs.arrested[g] += hazard * gangs.members[g]
        gangs.killed[g] += killed
        gangs.members[g] = max(gangs.members[g] + change + gangs.usual_held[g], 1.0)
