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
def hazard_of_arrest(gangs, territory, fixed_arrests):
    """Return the chance a week that a member is arrested.

    With ``fixed_arrests`` the number of arrests is that of the usual membership, however
    many members there are; otherwise each member bears the same hazard.
    """
    if not fixed_arrests:
        return territory.arrests_per_week
    total, usual = 0.0, 0.0
    for g in range(gangs.members.size):
        total += gangs.members[g]
        usual += gangs.usual_members[g]
    return territory.arrests_per_week * (usual / max(total, 1.0))


@kernel
def draw_of_income(g, cartels, gangs, territory, other_income):
    """Return recruitment over the usual.

        min((s + (1 - s) income / usual income)^income_power, largest_recruitment)

    with ``s`` the part of a gang's usual income that is not from drugs: it stays, whatever
    passes, and members live on it as it comes, so that it is in no books. The arm of a
    trading cartel recruits as usual, whatever its tolls.
    """
    if gangs.usual_income_usd[g] <= 0.0 or cartels.trades[g]:
        return 1.0
    ratio = gangs.income_usd[g] / gangs.usual_income_usd[g]
    if other_income:
        ratio = territory.other_income_share + (1.0 - territory.other_income_share) * ratio
    ratio = max(ratio, 1e-3)
    return min(math.exp(territory.income_power * math.log(ratio)), territory.largest_recruitment)


@kernel
def recruit(cartels, gangs, territory, on):
    """Let every gang recruit, lose members to arrest, fights and quarrels.

    Crews held after seizures are taken when that happens; as many as are usual are
    replaced. Nobody falls below one member.
    """
    hazard = hazard_of_arrest(gangs, territory, on.fixed_arrests)
    for g in range(gangs.members.size):
        if gangs.members[g] <= 0.0:
            continue
        killed = min(gangs.lost[g], 0.5 * gangs.members[g])
        change = membership_change(
            members=gangs.members[g],
            recruitment=territory.recruitment_per_week
            * draw_of_income(g, cartels, gangs, territory, on.other_income),
            arrests=hazard,
            rival_losses=killed / gangs.members[g],
            crowding=gangs.crowding[g],
        )
        gangs.arrested[g] += hazard * gangs.members[g]
        gangs.killed[g] += killed
        gangs.members[g] = max(gangs.members[g] + change + gangs.usual_held[g], 1.0)
