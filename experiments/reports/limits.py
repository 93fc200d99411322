"""What no result of the model can tell, as the README says it: every report repeats it."""

LIMITS = (
    "Price **levels** are calibrated to the data of about 2013; they are no test of the model. "
    "Price **responses** are.",
    "Costs of entry and of places are drawn from what organisations are seen to do and leave "
    "undone, around assumed medians; observed market shares are where the model rests.",
    "Nothing behavioural is estimated yet.",
    "Most leg costs, all seizure probabilities and the market shares of organisations are "
    "judgements (grade C in the data).",
)
