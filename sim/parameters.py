"""The register: every number of the model, declared once.

Each field carries its unit, allowed range, default, source (or "assumed") and
role. Scenario checks, ``airbridge parameters``, the documentation table and the
bounds of sensitivity studies are all read from here. A parameter's name is its
path, ``section.name``: the same in a TOML file, in ``--set`` and in a study.

Roles
-----
uncertainty
    Not known well; a sensitivity study varies it over its range.
lever
    A policy or an experiment sets it; the default is the status quo.
constant
    A convention or a definition; changing it changes what is measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

Role = Literal["uncertainty", "lever", "constant"]


def number(
    default: float,
    unit: str,
    low: float,
    high: float,
    source: str,
    about: str,
    role: Role = "uncertainty",
) -> Any:
    """Declare one number of the register as a pydantic field."""
    return Field(
        default=default,
        ge=low,
        le=high,
        description=about,
        json_schema_extra={"unit": unit, "source": source, "role": role},
    )


class Section(BaseModel):
    """A group of numbers that one rule reads; unknown keys are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    def record(self) -> np.record:
        """Return the numbers as a record that compiled rules read by name."""
        names = list(type(self).model_fields)
        row = np.zeros(1, dtype=[(name, np.float64) for name in names]).view(np.recarray)
        for name in names:
            row[name] = float(getattr(self, name))
        return row[0]


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
        8, "week", 1, 52, "assumed", "Memory in the price that traders expect"
    )
    foresight: float = number(
        0.7,
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
        0.03, "1/week", 0.005, 0.1, "assumed", "Speed of an order book (eta)"
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
        "Margin required",
    )
    margin_scale: float = number(
        0.2,
        "share of purchase price",
        0.05,
        1,
        "assumed",
        "Margin that counts as large",
    )
    saturation: float = number(
        1.0,
        "1",
        0.2,
        3,
        "assumed",
        "Weight of visibility and coordination cost as an order book outgrows its reach",
    )
    saturation_power: float = number(2.0, "1", 1, 5, "assumed", "Convexity of that cost")
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
        "Chance that each of those flights can be made at all",
    )
    reservation_usd: float = number(
        9_000,
        "USD/flight",
        2_000,
        30_000,
        "assumed",
        "Median reservation wage without risk",
    )
    reservation_spread: float = number(0.35, "log", 0, 1.5, "assumed", "Dispersion of the same")
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
    life_spread: float = number(0.5, "log", 0, 1.5, "assumed", "Dispersion of the same")
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
    reach_cost_years: float = number(
        0.6, "year of purchases", 0.1, 2, "assumed", "Cost of reach in a market"
    )
    concentration_cost: float = number(
        5.0, "1", 0, 15, "assumed", "Log rise of that cost with the share in the market"
    )
    step_share: float = number(
        0.05, "share of market", 0.01, 0.2, "assumed", "Largest step in a market"
    )
    growth_step: float = number(
        0.015,
        "share of reach",
        0.005,
        0.3,
        "assumed: Penrose's limit, 6 % a year",
        "Largest step, share of the organisation's reach in all markets",
    )
    served_share: float = number(
        0.2, "share", 0, 1, "assumed", "Part of what it sells already that a newly opened way takes"
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
    wear_per_year: float = number(
        0.03, "1/year", 0, 0.3, "assumed", "Wear of a network in a market"
    )
    patience_weeks: float = number(
        104, "week", 13, 208, "assumed", "Time at a loss after which a post or line is given up"
    )
    exit_share: float = number(
        0.1, "share of reach", 0.02, 0.5, "assumed", "Order below which a line counts as lost"
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
    largest_recruitment: float = number(
        3.0, "1", 1, 10, "assumed", "Recruitment at most, over the usual"
    )


class Parameters(BaseModel):
    """All sections of the register."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    demand: Demand = Demand()
    market: Market = Market()
    production: Production = Production()
    routing: Routing = Routing()
    ordering: Ordering = Ordering()
    flying: Flying = Flying()
    interdiction: Interdiction = Interdiction()
    learning: Learning = Learning()
    expansion: Expansion = Expansion()
    affiliation: Affiliation = Affiliation()
    territory: Territory = Territory()


class Switches(BaseModel):
    """Mechanisms that a study can turn off (null variants)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    learning: bool = Field(True, description="Beliefs about legs move with experience")
    salience: bool = Field(False, description="A recent loss counts more than it should")
    saturation: bool = Field(True, description="Order books meet visibility and coordination cost")
    pilot_threshold: bool = Field(True, description="Pilots fly only if the wage covers the risk")
    congestion: bool = Field(True, description="Leg fees rise with flow over capacity")
    expansion: bool = Field(True, description="Cartels open corridors and markets, grow, give up")
    founding: bool = Field(True, description="Rich gangs begin to own loads")
    affiliation: bool = Field(True, description="Gangs choose patrons; cartels hire gangs")
    territory: bool = Field(True, description="Gangs contest places, move in and give up")
    tolls: bool = Field(True, description="Tolls follow what passes")
    violence: bool = Field(True, description="Rivals who meet at a place fight")
    membership: bool = Field(True, description="Gangs recruit and lose members")
    fixed_arrests: bool = Field(False, description="Arrests are a fixed total, not a hazard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One row of the register, as tables and checks read it."""

    name: str
    default: float
    unit: str
    low: float
    high: float
    source: str
    role: str
    about: str

    @property
    def distribution(self) -> str:
        """How a sensitivity study draws it unless it says otherwise.

        Uniform over the range, or log-uniform where the range spans a factor of ten or
        more: then only the order of magnitude is known.
        """
        wide = self.low > 0 and self.high >= 10 * self.low
        return "log_uniform" if wide else "uniform"


def register() -> Iterator[Entry]:
    """Yield every number of the model in the order of declaration."""
    for section, holder in Parameters.model_fields.items():
        model = holder.annotation
        assert isinstance(model, type) and issubclass(model, Section)
        for name, field in model.model_fields.items():
            extra = field.json_schema_extra
            assert isinstance(extra, dict)
            bounds = {type(m).__name__: m for m in field.metadata}
            yield Entry(
                name=f"{section}.{name}",
                default=float(field.default),
                unit=str(extra["unit"]),
                low=float(bounds["Ge"].ge),
                high=float(bounds["Le"].le),
                source=str(extra["source"]),
                role=str(extra["role"]),
                about=str(field.description),
            )
