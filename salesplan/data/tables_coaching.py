"""Canonical tables of skills: what a role asks for, how people were assessed, what courses teach, goals and mentors."""

from typing import Final

from salesplan.data.schema_table import Table, make_column, make_table

_SCALE = [
    make_column("scale_min", "decimal", "最低分", "Scale from",
                "Lowest score of the scale; where nothing is said 1, or 0 below a highest score of 10 and more."),
    make_column("scale_max", "decimal", "最高分", "Scale to", "Highest score of the scale; 5 where nothing is said."),
]
_SKILL = make_column("skill_id", "id", "技能编号", "Skill ID", "The skill.", required=True, refers_to="skill")
_PERSON = make_column("rep_id", "id", "人员编号", "Person ID", "The person.", required=True, refers_to="rep")

COACHING_TABLES: Final[tuple[Table, ...]] = (
    make_table("skill", "skill_id", "技能", "Skills", "What sellers have to know and be able to do.", [
        make_column("skill_id", "id", "技能编号", "Skill ID", "Name of the skill in every other table.", required=True),
        make_column("name", "text", "技能名称", "Skill", "Name people read.", required=True),
        make_column("name_en", "text", "英文名称", "English name", "Name people read in English."),
        make_column("kind", "enum", "技能类别", "Kind", "Whether it is knowledge, a skill or an attitude.",
                    choices="knowledge skill attitude"),
        make_column("kpi", "id", "对应指标", "KPI", "Code of the KPI it is meant to move.", parser="code"),
        make_column("description", "text", "技能说明", "Description", "What somebody who has it does.")]),
    make_table("role_profile", "tier role skill_id", "岗位技能要求", "Role profiles",
               "Which level of a skill each tier needs.", [
        make_column("tier", "text", "职级", "Tier", "Tier the requirement is for, written as in the assignments.",
                    required=True),
        make_column("role", "id", "岗位", "Role", "Role it is for; empty means every role of the tier.", parser="code"),
        _SKILL,
        make_column("required_level", "decimal", "要求等级", "Required level", "Level needed, on the scale.",
                    required=True),
        make_column("importance", "decimal", "重要性", "Importance", "How much it matters, 1 to 5."),
        make_column("frequency", "decimal", "使用频率", "Frequency", "How often it is used, 1 to 5."),
        *_SCALE]),
    make_table("skill_assessment", "assessment_id", "技能评估", "Skill assessments",
               "How far a person has a skill, as somebody or a test said on a day.", [
        make_column("assessment_id", "id", "评估编号", "Assessment ID", "Name of the assessment.", required=True),
        make_column("rep_id", "id", "被评估人", "Person ID", "Who was assessed.", required=True, refers_to="rep"),
        _SKILL,
        make_column("source", "enum", "评估来源", "Source", "Who or what assessed.", required=True,
                    choices="self manager test customer peer"),
        make_column("assessor_id", "id", "评估人", "Assessor", "Person or customer who assessed."),
        make_column("assessed_date", "date", "评估日期", "Assessed", "Day of the assessment.", required=True),
        make_column("round", "text", "评估轮次", "Round", "Round of assessments, such as 2026H1."),
        make_column("score", "decimal", "评分", "Rating", "The score, on the scale.", required=True),
        *_SCALE], date="assessed_date"),
    make_table("course", "course_id", "课程", "Courses", "What can be taught, and what it takes.", [
        make_column("course_id", "id", "课程编号", "Course ID", "Name of the course.", required=True),
        make_column("name", "text", "课程名称", "Course", "Name people read.", required=True),
        make_column("name_en", "text", "课程英文名", "English name", "Name people read in English."),
        make_column("hours", "decimal", "学时", "Hours", "Hours it takes a person.", required=True),
        make_column("cost", "money", "每人费用", "Cost of a seat", "Cost of one seat, currency units."),
        make_column("fixed_cost", "money", "开班费用", "Cost of a run",
                    "Cost of holding it once, however many take part, currency units."),
        make_column("seats", "int", "名额", "Seats", "Most people who can take part; empty means no limit."),
        make_column("exclusive_group", "id", "互斥组", "Exclusive group",
                    "Courses of one group replace one another: a person takes one of them at most."),
        make_column("prerequisites", "text", "先修课程", "Prerequisites",
                    "IDs of courses to take before, with ; between them."),
        make_column("delivery", "text", "授课方式", "Delivery", "How it is taught."),
        make_column("is_offered", "bool", "是否开课", "Offered", "Whether it can be booked; empty means yes.")]),
    make_table("course_skill", "course_id skill_id", "课程技能", "Skills taught", "What a course does for a skill.", [
        make_column("course_id", "id", "课程编号", "Course ID", "The course.", required=True, refers_to="course"),
        _SKILL,
        make_column("gain", "decimal", "提升等级", "Gain", "Levels gained by somebody who can still learn.",
                    required=True),
        make_column("up_to_level", "decimal", "最高可达等级", "Teaches up to", "Level above which it teaches nothing.")]),
    make_table("development_goal", "goal_id", "发展目标", "Development goals", "What a person wants to learn by when.", [
        make_column("goal_id", "id", "发展目标编号", "Goal ID", "Name of the goal.", required=True),
        _PERSON,
        _SKILL,
        make_column("target_level", "decimal", "目标等级", "Level to reach", "Level to reach."),
        make_column("set_date", "date", "设定日期", "Set", "Day the goal was set."),
        make_column("due_date", "date", "截止日期", "Due", "Day it should be reached."),
        make_column("status", "enum", "目标状态", "Status", "Whether it is open, reached or dropped.",
                    choices="open done dropped"),
        make_column("note", "text", "备注", "Note", "What was agreed.")], date="set_date"),
    make_table("mentor", "rep_id", "导师", "Mentors", "Who can guide others, and how many.", [
        _PERSON,
        make_column("capacity", "int", "可带人数", "Mentees at a time", "How many people the mentor guides at a time."),
        make_column("hours_per_week", "decimal", "每周带教小时", "Hours a week",
                    "Hours a week the mentor gives to one mentee.")]),
    make_table("cannot_match", "mentor_id mentee_id", "不可配对", "Pairs not to match",
               "Mentor and mentee who must not be put together.", [
        make_column("mentor_id", "id", "导师", "Mentor", "The mentor.", required=True, refers_to="rep"),
        make_column("mentee_id", "id", "学员", "Mentee", "The person guided.", required=True, refers_to="rep"),
        make_column("reason", "text", "不配对原因", "Reason", "Why not.")]),
)
"""Skills, role profiles, assessments, courses and what they teach, development goals, mentors and pairs not to match."""
