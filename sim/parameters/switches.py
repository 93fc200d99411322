"""Mechanisms that can be switched off, one by one: the null variants."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


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
    size: bool = Field(True, description="Lines grow and shrink with their lasting margins")
    experience: bool = Field(True, description="What a line was for years is what it can be")
    lasting_risk: bool = Field(True, description="The usual risk of a leg follows what is seen")
    watching: bool = Field(True, description="Talk and bribes show the risk of unused legs, too")
    contested_rents: bool = Field(True, description="Fights are over the rents of a place")
    local_shocks: bool = Field(True, description="Gangs' local strength is hit by shocks")
    rents_followed: bool = Field(True, description="Gangs look next door where the rents are")
    gang_scale: bool = Field(True, description="A small gang's foothold costs less than a post")
    other_income: bool = Field(True, description="Gangs recruit on other income as well")
    turnover: bool = Field(True, description="Gangs' places in the data are one state of many")
    pressure: bool = Field(True, description="What upsets a place raises fights there for a while")
    fixed_arrests: bool = Field(False, description="Arrests are a fixed total, not a hazard")
