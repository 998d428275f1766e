-- Courses people took, one row each, dated by the day they were completed or else begun.
SELECT
    coalesce(t.completed_date, t.started_date) AS date,
    t.started_date,
    t.completed_date,
    t.record_id,
    t.rep_id,
    t.course_id,
    t.course_name,
    t.status,
    t.score,
    t.hours,
    t.cost
FROM training_record AS t
WHERE $as_of::DATE IS NULL OR coalesce(t.started_date, t.completed_date) <= $as_of::DATE
