"""A development sheet by hand: one gap, one skill that is fine, one nobody assessed, with text that must stay harmless."""

from salesplan.reporting.development_sheet import DevelopmentSheet, GoalLine, SkillLine, StepLine, Talk

NAN = float("nan")
EVIL = "=cmd|' /C calc'!A0"
TAG = "<script>alert(1)</script>"


def skill_line(skill: str, name: str, required: float, level: float, **options) -> SkillLine:
    gap = NAN if level != level else max(0.0, required - level)
    given = {"importance": 4.0, "frequency": 3.0, "assessed": "Skill test · 2026-09-30"} | options
    return SkillLine(skill=skill, name=name, required=required, level=level, level_lower=level - 0.4, level_upper=level + 0.4,
                     gap=gap, **given)


def example(language: str = "en", **options) -> DevelopmentSheet:
    given = {
        "seller_id": "E0042", "name": f"张伟 {TAG}", "language": language, "period": "Oct 2026", "scale": (1.0, 5.0),
        "facts": (("Unit", EVIL), ("Tier", "新人"), ("Months", "7")),
        "verdict": "Skill: train", "verdict_kind": "skill", "evidence": ("Result: 78%; usual 96%",), "next_step": "Watch a visit.",
        "skills": (skill_line("S1", "Objection handling", 4.0, 2.3, remarks=("Self-rating alone.",)),
                   skill_line("S2", EVIL, 3.0, 3.8), skill_line("S3", "Industry insight", 3.0, NAN, assessed="Not assessed")),
        "steps": (StepLine(what="Objection workshop", how="Course", skills="Objection handling", hours=12.0, due="2026-12-15"),
                  StepLine(what=EVIL, how="Coaching", skills="Product knowledge", hours=4.5, due="", why="no course")),
        "goals": (GoalLine(skill="Product knowledge", target=3.0, due="2026-12-31", status="Open", note=TAG),),
        "mentor": ("Li Na: strong in objection handling.",),
        "talk": Talk(focus=("Win rate 14%; upper quarter 27%.",), questions=("Where did they say no?", "What next?", "What help?")),
        "caveats": ("Levels are estimates.",), "origin": (("Data fingerprint", "0f1e2d3c"),),
    }  # fmt: skip
    return DevelopmentSheet(**(given | options))
