"""Numbers of the contest between organisations: growth, patrons, places."""

from __future__ import annotations

from sim.parameters.declare import Section, number


class Expansion(Section):
    """How organisations invest in corridors, markets and their own size, and give up."""

    review_weeks: float = number(
        13, "week", 4, 52, "assumed", "Time between two projects weighed", "constant"
    )
    horizon_years: float = number(3, "year", 1, 10, "assumed", "Planning horizon")
    discount_per_year: float = number(0.15, "1/year", 0.02, 0.6, "assumed", "Rate of discount")
    place_usd: float = number(
        300_000, "USD", 50_000, 5_000_000, "assumed", "Cost of a post at a place near home"
    )
    away_per_1000_km: float = number(
        0.3, "1/1000 km", 0, 1, "assumed", "Rise of network costs with distance from home"
    )
    upkeep_per_year: float = number(
        0.4, "share/year", 0.05, 1, "assumed", "Upkeep of a post, share of its cost"
    )
    line_usd: float = number(
        2_000_000, "USD", 300_000, 20_000_000, "assumed", "Cost of contacts in a new market"
    )
    cost_spread: float = number(
        1.0, "log", 0.2, 2, "assumed", "Spread of the costs of posts and markets"
    )
    look_weeks: float = number(
        52, "week", 4, 208, "assumed", "Time for which a post must promise to pay"
    )
    reach_cost_years: float = number(
        0.6, "year of earnings", 0.1, 2, "assumed", "Cost of reach in a market"
    )
    concentration_cost: float = number(
        5.0,
        "1",
        0,
        15,
        "assumed",
        "Log rise of that cost with the share above roots",
    )
    step_share: float = number(
        0.05, "share of market", 0.01, 0.2, "assumed", "Largest beginning in a market"
    )
    growth_step: float = number(
        0.015,
        "share of reach",
        0.005,
        0.3,
        "assumed: Penrose's limit, 6 % a year",
        "Growth a quarter that own people can build, share of all reach",
    )
    capital_share: float = number(
        0.1, "share", 0.01, 0.6, "assumed", "Share of spare capital put at risk in one project"
    )
    founding_share: float = number(
        0.7, "share", 0.1, 1, "assumed", "The same for a gang that begins to own loads"
    )
    judgement_spread: float = number(
        0.3, "log", 0, 1, "assumed", "Error in judging what a project will earn"
    )
    newcomer_share: float = number(
        0.1, "share", 0.01, 0.5, "assumed", "Part of its reach that carries over to a new market"
    )
    size_response: float = number(
        0.3, "1", 0, 1.5, "assumed", "Log response of a line's size to its lasting margin"
    )
    size_adjustment_per_year: float = number(
        0.5, "1/year", 0.1, 2, "assumed", "Speed at which size follows its target"
    )
    experience_years: float = number(
        20, "year", 5, 60, "assumed", "Time in which what a line can be follows what it is"
    )
    forgetting_years: float = number(
        20, "year", 5, 60, "assumed", "Time in which what a line can be returns to its roots"
    )
    wear_per_year: float = number(
        0.03, "1/year", 0, 0.3, "assumed", "Wear of a network in a market"
    )
    patience_weeks: float = number(
        104, "week", 13, 208, "assumed", "Time at a loss after which a post or line is given up"
    )
    exit_share: float = number(
        0.1, "share of base", 0.02, 0.3, "assumed", "Order below which a line counts as lost"
    )


class Affiliation(Section):
    """What gangs ask for working for a cartel."""

    switching_premium: float = number(
        0.5, "share", 0, 2, "assumed", "By how much a rival must beat the present patron"
    )
    switching_usd_per_week: float = number(
        1_000, "USD/week", 0, 20_000, "assumed", "Least retainer for which a gang changes sides"
    )
    useful_hold: float = number(
        0.2, "share", 0.02, 0.6, "assumed", "Control of a place that makes a gang worth hiring"
    )
    reserve_weeks: float = number(
        26, "week", 4, 104, "assumed", "Income that a gang keeps as a reserve"
    )
    living_per_week: float = number(
        0.05, "share/week", 0.005, 0.5, "assumed", "Share of what is above that members spend"
    )


class Territory(Section):
    """Contests over places, fights, tolls, members."""

    contest_per_year: float = number(
        1.0, "1/year", 0.1, 5, "assumed", "Speed at which control follows strength"
    )
    backing: float = number(
        0.5, "1", 0, 3, "assumed", "Strength that a patron adds where all that passes is its own"
    )
    away_strength: float = number(
        0.5, "share", 0.1, 1, "assumed", "Hold of a gang that moves in, over those there"
    )
    muscle_km: float = number(
        800, "km", 100, 10_000, "assumed", "Distance over which a gang's local hold falls"
    )
    local_shock_sd: float = number(
        0.3, "log", 0, 1.5, "assumed", "Spread of a gang's local strength by luck"
    )
    local_shock_weeks: float = number(
        104, "week", 13, 520, "assumed", "Time in which such luck fades"
    )
    foothold_members: float = number(
        2_000, "member", 100, 20_000, "assumed", "Members of a gang whose foothold costs as a post"
    )
    foothold_power: float = number(
        0.5, "1", 0, 1, "assumed", "Response of a foothold's cost to a gang's members"
    )
    smallest_hold: float = number(
        0.03, "share", 0.005, 0.2, "assumed", "Control below which a gang has lost a place"
    )
    toll_per_year: float = number(
        1.0, "1/year", 0, 5, "assumed", "Speed at which tolls follow their target"
    )
    toll_power: float = number(
        0.5, "1", 0, 2, "assumed", "Response of tolls to the worth of what passes"
    )
    fight_rate: float = number(
        3e-7, "1/(member week)", 0, 1e-5, "assumed", "Deaths per pair of rivals who meet"
    )
    stakes_power: float = number(
        1.0, "1", 0, 3, "assumed; sign: castillo_2020", "Response of fights to what is at stake"
    )
    pressure_gain: float = number(
        0.25, "1", 0, 2, "assumed; sign: dell_2015", "Rise of fights by one upset of a place"
    )
    pressure_weeks: float = number(
        26, "week", 4, 104, "assumed", "Time in which an upset of a place is forgotten"
    )
    spill_share: float = number(
        0.3, "share", 0, 0.8, "assumed", "Part of a leaderless group's quarrels fought next door"
    )
    cohesion_weeks: float = number(
        26, "week", 4, 104, "assumed", "Time in which a group without leaders finds together"
    )
    recruitment_per_week: float = number(
        0.0025, "1/week", 0.0005, 0.01, "prieto_2023", "Recruits per member"
    )
    arrests_per_week: float = number(
        0.000957, "1/week", 0, 0.005, "prieto_2023: 110 of 115,000", "Hazard of arrest", "lever"
    )
    income_power: float = number(0.25, "1", 0, 2, "assumed", "Response of recruitment to income")
    other_income_share: float = number(
        0.5, "share", 0, 1, "assumed", "Part of a gang's usual income that is not from drugs"
    )
    largest_recruitment: float = number(
        3.0, "1", 1, 10, "assumed", "Recruitment at most, over the usual"
    )
