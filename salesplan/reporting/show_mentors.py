"""Mentors and mentees on a page: the pairs with their reasons, both matchings compared, who is left out, what it costs."""

from typing import TYPE_CHECKING, Literal

import pandas as pd

from salesplan.reporting.coaching_names import CoachingNames
from salesplan.reporting.page_parts import joined, notes_once, sentence
from salesplan.reporting.show import Fragment, show_table
from salesplan.text import mark, say
from salesplan.text.numbers import format_percent
from salesplan.text.wording import say_details

if TYPE_CHECKING:
    from salesplan.coaching.mentoring import MentorMatch

Matching = Literal["optimal", "stable"]
MODE_WORDS: dict[str, str] = {
    "optimal": mark("Best pairs in all"),
    "stable": mark("Pairs that hold"),
}
"""What a matching is called."""
NO_PAIRS = mark("Nobody could be paired.")
BOTH = mark("The best pairs in all, and those that hold")
PAIRS = mark("Pairs: {matching}")
LEFT = mark("Without a mentor, and why")
LOAD = mark("The mentors' time")
OVERLAP = mark("{overlap_share} of the best pairs also hold.")


def show_mentors(
    match: "MentorMatch", names: CoachingNames, *, matching: Matching = "optimal", shows_money: bool = True, top: int = 40,
    currency: str = "CNY",
) -> Fragment:
    """The pairs of one matching with the reason of each, both matchings side by side, and who stays without a mentor.

    Parameters
    ----------
    match
        From `match_mentors`.
    matching
        Which pairs are listed.
    shows_money
        Whether the reader may see what the mentors' selling time is worth.
    top
        How many pairs, those with most points first.
    """
    language = names.language
    parts = [show_table(matchings_frame(match, names, shows_money=shows_money), language, title=BOTH, currency=currency,
                        kinds={"matching": "text"})]
    if match.overlap_share == match.overlap_share:
        parts.append(sentence(say(OVERLAP, language, overlap_share=format_percent(match.overlap_share, language, 0))))
    pairs = pairs_frame(match, names, matching).sort_values("match_points", ascending=False, kind="stable").head(top)
    if pairs.empty:
        parts.append(sentence(say(NO_PAIRS, language)))
    else:
        title = say(PAIRS, language, matching=say(MODE_WORDS[matching], language))
        parts += [sentence(title, strong=True),
                  show_table(pairs.drop(columns=["mentee_no", "mentor_no"]).reset_index(drop=True), language,
                             kinds=dict.fromkeys(("mentee", "mentor", "pair_reason"), "text"))]
        load = load_frame(match, names, matching, shows_money=shows_money)
        parts.append(show_table(load[load["n_mentees"] > 0].drop(columns="mentor_no").reset_index(drop=True), language, title=LOAD,
                                currency=currency, kinds={"mentor": "text"}))
    left = left_out_frame(match, names, matching)
    if len(left):
        parts.append(show_table(left.drop(columns="mentee_no"), language, title=LEFT, kinds={"mentee": "text", "reason": "text"}))
    return joined(*parts, notes_once(match.notes, language, currency=currency))


def matchings_frame(match: "MentorMatch", names: CoachingNames, *, shows_money: bool) -> pd.DataFrame:
    """One row a matching: pairs, people left out, points, the mentors' hours and what they are worth."""
    rows = match.summary()
    frame = pd.DataFrame({
        "matching": [say(MODE_WORDS[str(m)], names.language) for m in rows["mode"]], "n_matched": rows["n_pairs"].astype(float),
        "n_unmatched": rows["n_unmatched"].astype(float), "match_points": rows["match_points"], "n_hours": rows["hours"].round(),
    })  # fmt: skip
    if shows_money and rows["selling_cost"].notna().any():
        frame["selling_amount"] = rows["selling_cost"]
    return frame


def pairs_frame(match: "MentorMatch", names: CoachingNames, matching: Matching) -> pd.DataFrame:
    """The pairs of one matching with their reason, and whether the other matching has them too."""
    pairs = match.pairs(matching)
    other = match.pairs("stable" if matching == "optimal" else "optimal")
    both = set(zip(other["mentee_id"], other["mentor_id"], strict=True))
    return pd.DataFrame({
        "mentee_no": pairs["mentee_id"].astype(str), "mentor_no": pairs["mentor_id"].astype(str),
        "mentee": [names.person(one) for one in pairs["mentee_id"]], "mentor": [names.person(one) for one in pairs["mentor_id"]],
        "match_points": pairs["match_points"].astype(float),
        "pair_reason": [said_pair(r, names) for r in pairs.to_dict("records")],
        "in_both": [(a, b) in both for a, b in zip(pairs["mentee_id"], pairs["mentor_id"], strict=True)],
    })  # fmt: skip


def load_frame(match: "MentorMatch", names: CoachingNames, matching: Matching, *, shows_money: bool) -> pd.DataFrame:
    """Mentors with their capacity, mentees, hours and what those hours of selling are worth."""
    load = match.load(matching)
    frame = pd.DataFrame({
        "mentor_no": load["mentor_id"].astype(str), "mentor": [names.person(one) for one in load["mentor_id"]],
        "n_capacity": load["capacity"].astype(float), "n_mentees": load["n_mentees"].astype(float), "n_hours": load["hours"].astype(float),
    })  # fmt: skip
    if shows_money and load["selling_cost"].notna().any():
        frame["selling_amount"] = load["selling_cost"].astype(float)
    return frame


def left_out_frame(match: "MentorMatch", names: CoachingNames, matching: Matching) -> pd.DataFrame:
    """Mentees without a mentor in one matching, and why."""
    rows = match.unmatched[match.unmatched[f"in_{matching}"]]
    return pd.DataFrame({
        "mentee_no": rows["mentee_id"].astype(str), "mentee": [names.person(one) for one in rows["mentee_id"]],
        "reason": [say(str(m), names.language) for m in rows["why_msgid"]],
    }).reset_index(drop=True)  # fmt: skip


def said_pair(pair: dict[object, object], names: CoachingNames) -> str:
    """Why two people were paired, as a sentence; names and skills as they are called here."""
    details = dict(pair["reason_details"])  # type: ignore[call-overload]
    details |= {"mentor": names.person(pair["mentor_id"]), "mentee": names.person(pair["mentee_id"]),
                "skills": names.joined(pair["skills"])}
    return say_details(str(pair["reason_msgid"]), details, names.language)
