"""Places as readers call them."""

from __future__ import annotations

import pandas as pd

# Names as figures have room for them; a place that is not here is named by the data.
SHORT_NAMES = {
    "PE_VRAEM": "VRAEM",
    "PE_AGUAYTIA": "Aguaytía",
    "PE_SURCOAST": "Southern Peru",
    "PE_PASCO": "Pasco",
    "PE_UCAYALI": "Ucayali",
    "PE_CALLAO": "Callao",
    "PE_HUALLAGA": "Huallaga",
    "PE_PICHIS": "Pichis",
    "PE_INAMBARI": "Inambari",
    "PE_LORETO": "Loreto",
    "BO_YUNGAS": "Yungas",
    "BO_BENI": "Beni",
    "CO_NARINO": "Nariño",
    "CO_PUTUMAYO": "Putumayo",
    "CO_BAJOCAUCA": "Bajo Cauca",
    "CO_CARIBE": "Caribbean ports",
    "CO_URABA": "Urabá",
    "EC_ESMERALDAS": "Esmeraldas",
    "VE_ZULIA": "Zulia-Falcón",
    "BR_SOLIMOES": "Upper Solimões",
    "BR_RONDONIA": "Rondônia",
    "BR_PARANAGUA": "Paranaguá",
    "BR_SAOPAULO": "São Paulo",
    "BR_NEPORTS": "Northeast ports",
    "BR_BELEM": "Belém",
    "PY_CHACO": "Chaco",
    "PY_ASUNCION": "Asunción",
    "AR_NORTE": "Salta-Jujuy",
    "AR_ROSARIO": "Rosario",
    "CL_NORTE": "Arica-Iquique",
    "SR_GUIANAS": "Guianas",
    "CR_LIMON": "Limón",
    "MX_PACIFIC": "Mexican Pacific",
    "MX_BORDER": "US border",
    "CA_HISPANIOLA": "Hispaniola",
    "CA_PUERTORICO": "Puerto Rico",
    "NA_MOROCCO": "North Africa",
    "EU_ROTTERDAM": "Rotterdam",
    "EU_HAMBURG": "Hamburg",
    "EU_ALGECIRAS": "Algeciras",
    "EU_GALICIA": "Galicia",
    "EU_GIOIA": "Gioia Tauro",
    "EU_BALKANS": "Balkan ports",
    "MK_US": "United States",
    "MK_EU": "Europe",
    "MK_BR": "Brazil",
    "MK_SC": "Southern Cone",
    "MK_REST": "Rest of world",
}


def place_name(place: str, places: pd.DataFrame) -> str:
    """Return the name of a place as it stands in figures: short, with its accents."""
    if place in SHORT_NAMES:
        return SHORT_NAMES[place]
    known = places.loc[places["id"] == place, "name"]
    return str(known.iloc[0]).split(" (")[0] if len(known) else place
