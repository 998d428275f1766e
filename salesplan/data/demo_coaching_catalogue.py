"""What the demo company asks its people to know and be able to do, and the courses it can send them to."""

import pandas as pd

SKILLS = pd.DataFrame([
    ("S01", "产品知识", "Product knowledge", "knowledge", "average_order_value", "说得清每条产品线的用途、参数和边界"),
    ("S02", "行业应用知识", "Industry and application knowledge", "knowledge", "demos", "了解客户行业的工艺、标准和典型应用"),
    ("S03", "竞品知识", "Competitor knowledge", "knowledge", "deal_size", "知道主要竞品的优劣势和报价习惯"),
    ("S04", "报价与合同规则", "Pricing and contract rules", "knowledge", "days_to_pay", "按规则报价、走合同和账期审批"),
    ("S05", "客户开发", "Prospecting", "skill", "calls", "能从陌生名单约到有效会谈"),
    ("S06", "需求挖掘", "Needs discovery", "skill", "sales_amount", "通过提问找到客户真正的问题和影响"),
    ("S07", "方案呈现", "Solution presentation", "skill", "proposals", "把方案讲成客户的收益"),
    ("S08", "商务谈判", "Negotiation", "skill", "gross_margin", "守得住价格和条款"),
    ("S09", "客户跟进", "Follow-up", "skill", "win_rate", "每次接触之后按时推进下一步"),
    ("S10", "大客户经营", "Key account management", "skill", "key_account_sales", "有计划地经营决策链和钱包份额"),
    ("S11", "合规意识", "Compliance", "knowledge", "", "遵守反商业贿赂和数据合规要求"),
    ("S12", "团队辅导", "Coaching the team", "skill", "leadership_rating", "能陪访、复盘，带得出人"),
], columns=["skill_id", "name", "name_en", "kind", "kpi", "description"])  # fmt: skip
"""Twelve skills: knowledge first, then what people can do; ``kpi`` is what a skill is meant to move."""
SKILL_IDS = tuple(SKILLS["skill_id"])
CEILING_SKILL, LEADER_SKILL = "S11", "S12"
"""The one everybody is given full marks for, and the one only leaders are assessed in."""

TIERS = ("新人", "骨干", "管理者")
_NEEDED = {  # tier: skill -> required level, importance, frequency
    "新人": {"S01": (3.5, 5, 5), "S02": (2.5, 3, 4), "S03": (2.5, 3, 3), "S04": (3.0, 4, 4), "S05": (3.0, 5, 5),
           "S06": (2.5, 4, 4), "S07": (2.5, 3, 3), "S08": (2.0, 3, 2), "S09": (3.0, 5, 5), "S11": (4.0, 4, 2)},
    "骨干": {"S01": (4.0, 4, 5), "S02": (3.5, 4, 4), "S03": (3.5, 3, 3), "S04": (4.0, 3, 4), "S05": (3.5, 4, 4),
           "S06": (4.0, 5, 5), "S07": (3.5, 4, 4), "S08": (3.5, 4, 3), "S09": (4.0, 5, 5), "S10": (3.5, 4, 3),
           "S11": (4.5, 4, 2)},
    "管理者": {"S01": (3.5, 2, 3), "S02": (4.0, 3, 3), "S03": (3.5, 3, 3), "S04": (4.0, 3, 3), "S06": (4.0, 3, 3),
            "S08": (4.5, 5, 3), "S09": (3.5, 2, 2), "S10": (4.5, 5, 4), "S11": (4.5, 5, 3), "S12": (4.0, 5, 5)},
}  # fmt: skip
_NEEDED_OF_ROLE = {("管理者", "director"): {"S08": (5.0, 5, 3), "S12": (4.5, 5, 4)}}

COURSES = pd.DataFrame([
    ("T01", "产品知识进阶", 4.0, 800, 2_000, 30, "", "", "面授", True),
    ("T02", "大客户销售方法", 6.0, 1_500, 6_000, 20, "", "T01", "面授", True),
    ("T03", "商务谈判", 4.0, 1_200, 5_000, 20, "", "", "面授", True),
    ("T04", "CRM操作规范", 2.0, 0, 0, None, "", "", "线上", True),
    ("T05", "行业应用方案", 3.0, 600, 2_000, 30, "", "", "面授", True),
    ("T06", "招投标实务", 3.0, 900, 2_000, 25, "", "", "面授", True),
    ("T07", "合规与反商业贿赂", 1.5, 0, 0, None, "", "", "线上", True),
    ("T08", "客户拜访与跟进", 2.5, 500, 1_500, 30, "", "", "面授", True),
    ("T09", "电话邀约与客户开发", 4.0, 600, 3_000, 60, "", "", "演练", True),
    ("T10", "高效心态训练营", 8.0, 2_000, 10_000, 60, "", "", "面授", True),
    ("T11", "顾问式需求挖掘", 8.0, 1_800, 8_000, 18, "X01", "T01", "演练", True),
    ("T12", "方案呈现演练", 6.0, 1_200, 4_000, 16, "", "T05", "演练", True),
    ("T13", "高级谈判工作坊", 8.0, 2_600, 9_000, 12, "", "T03", "工作坊", True),
    ("T14", "业绩提升班", 6.0, 900, 5_000, 40, "", "", "面授", True),
    ("T15", "竞品对抗训练", 3.0, 700, 2_000, 24, "", "T01；T05", "演练", True),
    ("T16", "大客户经营沙盘", 12.0, 3_800, 12_000, 12, "", "T02", "沙盘", True),
    ("T17", "教练式管理", 10.0, 3_200, 10_000, 16, "", "", "工作坊", True),
    ("T18", "需求挖掘认证(外训)", 16.0, 5_800, 0, 8, "X01", "T01", "外训", True),
    ("T19", "展会接待礼仪", 2.0, 300, 1_000, 40, "", "", "面授", False),
    ("T99", "线上微课", 1.0, 0, 0, None, "", "", "线上", True),
], columns=["course_id", "name", "hours", "cost", "fixed_cost", "seats", "exclusive_group", "prerequisites", "delivery",
            "is_offered"])  # fmt: skip
"""Hours, yuan a seat, yuan a run, seats, what replaces what and what comes first. T11 and T18 replace one another."""
COURSE_NAMES_EN = {
    "T01": "Product knowledge, advanced", "T02": "Selling to key accounts", "T03": "Business negotiation",
    "T04": "Working in the CRM", "T05": "Industry solutions", "T06": "Tendering in practice",
    "T07": "Compliance and anti-bribery", "T08": "Visiting and following up", "T09": "Cold calling and prospecting",
    "T10": "Mindset camp", "T11": "Consultative needs discovery", "T12": "Presenting solutions, drills",
    "T13": "Advanced negotiation workshop", "T14": "Sales booster", "T15": "Competing against rivals",
    "T16": "Key account simulation", "T17": "Coaching for managers", "T18": "Needs discovery, certified (external)",
    "T19": "Trade fair etiquette", "T99": "Online micro-lessons",
}  # fmt: skip
"""What English readers call the courses."""
COURSE_SKILLS = pd.DataFrame([
    ("T01", "S01", 0.6, 4.5), ("T02", "S10", 0.5, 4.0), ("T02", "S06", 0.2, 3.5), ("T03", "S08", 0.5, 4.0),
    ("T04", "S09", 0.2, 3.5), ("T05", "S02", 0.6, 4.5), ("T06", "S04", 0.4, 4.5), ("T07", "S11", 0.3, 5.0),
    ("T08", "S09", 0.5, 4.0), ("T09", "S05", 0.5, 4.5), ("T10", "S06", 0.4, 4.0), ("T10", "S09", 0.3, 4.0),
    ("T11", "S06", 0.7, 4.5), ("T12", "S07", 0.6, 4.5), ("T13", "S08", 0.7, 5.0), ("T14", "S06", 0.3, 3.5),
    ("T14", "S08", 0.3, 3.5), ("T15", "S03", 0.6, 4.5), ("T16", "S10", 0.9, 5.0), ("T17", "S12", 0.8, 5.0),
    ("T18", "S06", 0.9, 5.0), ("T18", "S08", 0.3, 4.0),
], columns=["course_id", "skill_id", "gain", "up_to_level"])  # fmt: skip
"""What the catalogue promises: levels gained, and up to which level. T19 and T99 teach no skill on the list."""
NO_SKILL_COURSES = ("T19", "T99")


def role_profiles() -> pd.DataFrame:
    """What each tier needs: ``tier, role`` (empty for all), ``skill_id, required_level, importance, frequency``."""
    rows = [(tier, "", skill, *needed) for tier, wanted in _NEEDED.items() for skill, needed in wanted.items()]
    rows += [(tier, role, skill, *needed) for (tier, role), wanted in _NEEDED_OF_ROLE.items()
             for skill, needed in wanted.items()]
    return pd.DataFrame(rows, columns=["tier", "role", "skill_id", "required_level", "importance", "frequency"])
