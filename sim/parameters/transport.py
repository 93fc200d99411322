"""Numbers of routes, order books, pilots, interdiction and learning."""

from __future__ import annotations

from sim.parameters.declare import Section, number


class Routing(Section):
    """What a kilogram is worth at each place, and which way it goes."""

    choice_sharpness: float = number(
        4.0, "1", 0.5, 20, "assumed", "Sharpness of route choice (beta of the logit)"
    )
    aversion: float = number(
        0.2,
        "1",
        0,
        1.5,
        "assumed: most risk compensation is paid on, as handling",
        "Owner's own risk compensation per unit of expected loss (kappa)",
    )
    outsider_discount: float = number(
        0.02,
        "share per place",
        0,
        0.3,
        "assumed",
        "Value lost where an owner has no trust",
    )
    ally_trust: float = number(
        0.9, "1", 0.5, 1, "assumed", "Trust where a partner or an allied gang is"
    )
    stranger_share: float = number(
        0.15, "share", 0.02, 1, "assumed", "Share of the ways through a place open to strangers"
    )
    trust_weeks: float = number(
        26, "week", 4, 104, "assumed", "Time in which trust grows at an opened place"
    )
    fade_weeks: float = number(
        52, "week", 13, 260, "assumed", "Time in which trust fades when nothing keeps it"
    )
    congestion: float = number(
        0.5,
        "1",
        0,
        3,
        "assumed; form: bpr_1964",
        "Rise of leg fees when flow equals capacity",
    )
    congestion_power: float = number(
        4.0, "1", 1, 6, "assumed; form: bpr_1964", "Convexity of congestion"
    )
    congestion_weeks: float = number(13, "week", 2, 52, "assumed", "Memory of flow in congestion")
    capacity_adaptation_per_year: float = number(
        0.3,
        "1/year",
        0,
        2,
        "assumed",
        "Speed at which a leg's capacity follows lasting flow",
    )
    change_of_mind_per_week: float = number(
        0.05, "1/week", 0, 1, "assumed", "Chance that a waiting stock is gathered for another leg"
    )
    minimum_load_share: float = number(
        0.5,
        "share",
        0.1,
        1,
        "assumed",
        "Smallest part load, share of a whole consignment",
    )


class Ordering(Section):
    """How cartels size their order books and split them over zones."""

    growth_per_week: float = number(
        0.06, "1/week", 0.01, 0.2, "assumed", "Speed of an order book (eta)"
    )
    largest_step_per_week: float = number(
        0.03, "1/week", 0.005, 0.2, "assumed", "Largest weekly change of an order book"
    )
    normal_margin: float = number(
        0.15,
        "share of purchase price",
        0.05,
        1,
        "assumed",
        "Margin at which bids meet supply",
    )
    hurdle: float = number(
        0.03,
        "share of purchase price",
        0,
        0.5,
        "assumed: cost of capital",
        "Margin required of a new market",
    )
    order_elasticity: float = number(
        2.0, "1", 0.5, 6, "assumed", "Response of an order book to the netback over the price"
    )
    own_share: float = number(
        0.3,
        "share",
        0,
        0.8,
        "assumed: a part of the mark-up at each stage is the owner's own profit",
        "Part of what handling takes along the way that stays with the owner",
    )
    zone_sharpness: float = number(
        2.0, "1", 0.2, 10, "assumed", "Sharpness of the split of purchases over zones"
    )
    spending_share_per_week: float = number(
        0.2,
        "share/week",
        0.02,
        1,
        "assumed",
        "Largest share of capital spent on purchases",
    )
    withdrawal_per_week: float = number(
        0.05,
        "1/week",
        0,
        0.5,
        "assumed",
        "Speed at which capital above its target is taken out",
    )
    capital_weeks: float = number(
        26, "week", 4, 104, "assumed", "Target capital in weeks of spending"
    )


class Flying(Section):
    """Pilots: who flies, at what wage, at which risk."""

    seats: float = number(320, "pilots", 1, 5000, "assumed", "Aircrews in all pools", "constant")
    largest_flights_per_week: float = number(
        4,
        "flights/week",
        1,
        7,
        "insight_2013_nov",
        "Most flights a pilot makes in a week",
    )
    availability: float = number(
        0.028,
        "share",
        0.02,
        1,
        "assumed",
        "Chance that a flight of a pilot can be made at all",
    )
    reservation_usd: float = number(
        9_000,
        "USD/flight",
        2_000,
        30_000,
        "assumed",
        "Median reservation wage without risk",
    )
    reservation_spread: float = number(
        0.35, "log", 0, 1.5, "assumed", "Dispersion of reservation wages"
    )
    life_usd: float = number(
        1_000_000,
        "USD",
        100_000,
        5_000_000,
        "assumed: value of a statistical life in middle-income countries",
        "Median value that a pilot sets on his life",
    )
    liberty_share: float = number(
        0.2, "share", 0, 1, "assumed", "Value of liberty over that of life: weight of detention"
    )
    risk_threshold: float = number(
        0.017,
        "lives/flight",
        0.005,
        0.1,
        "anthony_2004; ida_2000",
        "Perceived risk up to which nobody gives up flying; half do at twice that",
    )
    life_spread: float = number(0.5, "log", 0, 1.5, "assumed", "Dispersion of the values of life")
    wage_usd: float = number(
        20_000,
        "USD/flight",
        5_000,
        60_000,
        "ap_2014; eju_2014",
        "Wage at the start",
        "constant",
    )
    wage_step_per_week: float = number(
        0.05,
        "1/week",
        0,
        0.3,
        "assumed",
        "Response of the wage to short or idle pilots",
    )
    strip_rental_usd: float = number(
        15_000, "USD/flight", 5_000, 30_000, "diario16_2013", "Usual rental of a strip per flight"
    )
    strip_step_per_week: float = number(
        0.3,
        "1/week",
        0,
        1,
        "assumed",
        "Response of the strip rental to wanted over possible flights",
    )
    recruitment_per_week: float = number(
        0.02,
        "1/week",
        0,
        0.2,
        "assumed",
        "Chance that an empty seat is filled, when it pays",
    )
    retirement_per_week: float = number(
        0.001, "1/week", 0, 0.02, "assumed", "Chance that a pilot stops"
    )
    release_per_week: float = number(
        0.002,
        "1/week",
        0,
        0.05,
        "assumed",
        "Chance that a detained pilot is free again",
    )
    aircraft_usd: float = number(
        120_000,
        "USD",
        60_000,
        250_000,
        "assumed: used single engine",
        "Price of a light aircraft",
    )
    strip_headroom: float = number(
        1.5, "1", 1, 5, "assumed", "Most flights of an air leg over its usual capacity"
    )


class Interdiction(Section):
    """Forces, and what a seizure takes."""

    seizure_factor: float = number(
        1.0,
        "1",
        0.2,
        3,
        "calibrated",
        "Factor on every leg's seizure probability",
        "lever",
    )
    dilution: float = number(
        0.15,
        "1",
        0,
        1,
        "assumed",
        "Fall of the seizure probability as consignments grow",
    )
    crash_prob: float = number(
        0.003,
        "1/flight",
        0,
        0.05,
        "assumed",
        "Probability that a flight is lost by accident",
    )
    death_prob: float = number(
        0.1,
        "1/seizure",
        0,
        1,
        "assumed",
        "Probability that a seized flight's pilot dies",
        "lever",
    )
    detention_prob: float = number(
        0.6,
        "1/seizure",
        0,
        1,
        "assumed",
        "Probability that the pilot is detained",
        "lever",
    )
    crew_prob: float = number(
        0.3,
        "1/seizure",
        0,
        1,
        "assumed",
        "Probability that one member of the ground crew is held",
    )
    reallocation_per_year: float = number(
        1.0,
        "1/year",
        0,
        12,
        "assumed",
        "Speed at which adaptive agencies move effort",
        "lever",
    )
    exploration: float = number(
        0.2,
        "share",
        0,
        1,
        "assumed",
        "Share of effort that adaptive agencies keep spread",
        "lever",
    )


class Learning(Section):
    """How organisations and pilots turn seizures into a belief about risk."""

    half_life_weeks: float = number(
        26, "week", 4, 104, "assumed", "Time in which evidence loses half its weight"
    )
    prior_consignments: float = number(
        30, "consignments", 2, 500, "assumed", "Weight of the prior, in consignments"
    )
    lasting_weeks: float = number(
        78, "week", 26, 520, "assumed", "Half-life of what everybody takes for the usual risk"
    )
    lasting_consignments: float = number(
        30, "consignments", 5, 200, "assumed", "Least weight of the usual risk"
    )
    public_discount: float = number(
        0.1,
        "share",
        0,
        1,
        "assumed",
        "Weight of others' reported seizures and arrivals",
    )
    salience: float = number(
        2.0,
        "1",
        1,
        10,
        "assumed",
        "Overweighting of a loss when salience is switched on",
    )
