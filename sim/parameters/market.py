"""Numbers of demand, of end markets and of growers."""

from __future__ import annotations

from sim.parameters.declare import Section, number


class Demand(Section):
    """Yearly consumption of each end market and how it moves.

    Levels are those of about 2013 and are held there unless a growth rate says
    otherwise; growth is a constant yearly log rate from ``growth_from_year``.
    """

    us_t_per_year: float = number(
        140,
        "t pure/year",
        95,
        200,
        "rand_2019; rand_2014",
        "Consumption in the United States",
    )
    europe_t_per_year: float = number(
        100, "t pure/year", 72, 150, "emcdda_europol_2016", "Consumption in Europe"
    )
    brazil_t_per_year: float = number(
        85,
        "t pure/year",
        50,
        110,
        "derived: prevalence, wdr_2015",
        "Consumption in Brazil",
    )
    southern_cone_t_per_year: float = number(
        35, "t pure/year", 20, 50, "assumed", "Consumption in the Southern Cone"
    )
    rest_t_per_year: float = number(
        67,
        "t pure/year",
        40,
        100,
        "derived: wdr_2011 residual",
        "Consumption elsewhere",
    )
    us_growth_per_year: float = number(
        0, "1/year", -0.2, 0.2, "assumed", "Growth of US demand", "lever"
    )
    europe_growth_per_year: float = number(
        0, "1/year", -0.2, 0.2, "assumed", "Growth of European demand", "lever"
    )
    brazil_growth_per_year: float = number(
        0, "1/year", -0.2, 0.2, "assumed", "Growth of Brazilian demand", "lever"
    )
    southern_cone_growth_per_year: float = number(
        0, "1/year", -0.2, 0.2, "assumed", "Growth of Southern Cone demand", "lever"
    )
    rest_growth_per_year: float = number(
        0, "1/year", -0.2, 0.2, "assumed", "Growth of demand elsewhere", "lever"
    )
    growth_from_year: float = number(
        2010,
        "year",
        1990,
        2050,
        "definition",
        "Year from which growth runs",
        "constant",
    )
    elasticity_us: float = number(
        0.75,
        "1",
        0.3,
        1.5,
        "nrc_2001",
        "Price elasticity of wholesale demand, US (absolute)",
    )
    elasticity_europe: float = number(
        0.75,
        "1",
        0.3,
        1.5,
        "assumed: as US",
        "Price elasticity of demand, Europe (absolute)",
    )
    elasticity_brazil: float = number(
        0.9, "1", 0.4, 1.5, "assumed", "Price elasticity of demand, Brazil (absolute)"
    )
    elasticity_southern_cone: float = number(
        0.9, "1", 0.4, 1.5, "assumed", "Price elasticity, Southern Cone (absolute)"
    )
    elasticity_rest: float = number(
        0.9, "1", 0.4, 1.5, "assumed", "Price elasticity, rest of the world (absolute)"
    )


class Market(Section):
    """How end markets price what arrives."""

    bulk_purity: float = number(
        0.70,
        "pure kg per bulk kg",
        0.55,
        0.85,
        "assumed: between wholesale and street purity",
        "Mean purity of a traded kilogram; converts potential and consumption (pure) to bulk",
        "constant",
    )
    smoothing_weeks: float = number(
        13, "week", 4, 52, "assumed", "Memory of deliveries in the market price"
    )
    expectation_weeks: float = number(
        4, "week", 1, 52, "assumed", "Memory in the price that traders expect"
    )
    foresight: float = number(
        1.0,
        "1",
        0,
        1,
        "assumed",
        "Weight of what is on its way, against what has arrived, in expected deliveries",
    )
    pass_through: float = number(
        0.25,
        "1",
        0,
        1,
        "assumed: between additive and proportional, caulkins_reuter",
        "Share of the retail mark-up that is proportional to the wholesale price",
    )


class Exchange(Section):
    """How goods change hands between organisations, where a scenario has exchanges."""

    contract_factor: float = number(
        1.0, "1", 0, 1_000, "definition", "Factor on what dealing with strangers costs", "lever"
    )
    normal_margin: float = number(
        0.08,
        "share of purchase price",
        0.02,
        0.5,
        "assumed: about half of that at the farm gate, so that those who sell there earn one, too",
        "Margin at which bids at an exchange meet supply",
    )
    tie_growth_per_week: float = number(
        0.04, "1/week", 0, 0.5, "assumed: as a producer's trust", "Growth of a tie by trade"
    )
    tie_fade_per_week: float = number(
        0.01, "1/week", 0.001, 0.2, "assumed: as a producer's trust", "Fading of a tie"
    )
    steady_kg: float = number(
        20, "kg/week", 1, 500, "assumed", "Weekly trade at which a tie grows at half its speed"
    )
    price_elasticity: float = number(
        0.5, "1", 0.1, 2, "assumed: as at the farm gate", "Response of price to orders over supply"
    )
    price_smoothing_weeks: float = number(
        4, "week", 1, 26, "assumed: as at the farm gate", "Time in which the price follows bids"
    )
    stock_release_per_week: float = number(
        0.1, "share/week", 0.01, 1, "assumed", "Share of stock above the usual counted as supply"
    )
    fill_weeks: float = number(
        8, "week", 1, 52, "assumed", "Memory of how far orders at an exchange were filled"
    )


class Production(Section):
    """Growers and laboratories: capacity, unsold stock, the local price."""

    adjustment_per_year: float = number(
        0.4,
        "1/year",
        0.2,
        1.5,
        "assumed",
        "Speed at which capacity follows the local price",
    )
    long_run_elasticity: float = number(
        1.0,
        "1",
        0.3,
        3,
        "assumed",
        "Long-run elasticity of capacity to the local price",
    )
    potential_factor: float = number(
        1.0,
        "1",
        0.7,
        1.5,
        "derived: world balance 2013",
        "Factor on published potential production, which is thought to be understated",
    )
    spoilage_per_week: float = number(
        0.005, "share/week", 0, 0.05, "assumed", "Share of unsold stock lost each week"
    )
    price_elasticity: float = number(
        0.5, "1", 0.1, 2, "assumed", "Response of the local price to orders over supply"
    )
    price_smoothing_weeks: float = number(
        4, "week", 1, 26, "assumed", "Time in which the local price follows the bids"
    )
    stock_release_per_week: float = number(
        0.05,
        "share/week",
        0.01,
        1,
        "assumed",
        "Share of unsold stock counted as weekly supply",
    )
    ask_share: float = number(
        0.25,
        "share of reference price",
        0,
        0.9,
        "assumed",
        "Mean ask price of a producer",
    )
    ask_spread: float = number(
        0.3, "log", 0, 1, "assumed", "Dispersion of ask prices between producers"
    )
    trust_growth_per_week: float = number(
        0.04,
        "1/week",
        0,
        0.5,
        "assumed",
        "Growth of a producer's trust in a steady buyer",
    )
    trust_fade_per_week: float = number(
        0.01,
        "1/week",
        0,
        0.2,
        "assumed",
        "Fading of a producer's trust in an absent buyer",
    )
