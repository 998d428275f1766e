-- Which unit each (seller, day, booked unit) belongs to: exactly one, whatever the assignments say.
-- 1. the assignment in force that day; of several, the one to the booked unit, then the one that carries
--    quota, the larger share of work, the later start, the smaller id;
-- 2. else the unit the order is booked on;
-- 3. else the seller's nearest assignment before or after;
-- 4. else none (the caller names it 'unassigned').
WITH day AS (
    SELECT DISTINCT rep_id, order_date, org_id FROM order_line
),
choice AS (
    SELECT
        day.rep_id,
        day.order_date,
        day.org_id AS booked_org_id,
        a.org_id,
        (a.valid_from IS NULL OR a.valid_from <= day.order_date)
            AND (a.valid_to IS NULL OR a.valid_to >= day.order_date) AS in_force,
        row_number() OVER (
            PARTITION BY day.rep_id, day.order_date, day.org_id
            ORDER BY
                CASE WHEN a.org_id IS NULL THEN 1 ELSE 0 END,
                CASE WHEN (a.valid_from IS NULL OR a.valid_from <= day.order_date)
                      AND (a.valid_to IS NULL OR a.valid_to >= day.order_date) THEN 0 ELSE 1 END,
                CASE WHEN a.org_id = day.org_id THEN 0 ELSE 1 END,
                CASE WHEN coalesce(a.quota_bearing, true) THEN 0 ELSE 1 END,
                coalesce(a.fte, 1) DESC,
                CASE WHEN a.valid_from > day.order_date THEN date_diff('day', day.order_date, a.valid_from)
                     WHEN a.valid_to < day.order_date THEN date_diff('day', a.valid_to, day.order_date)
                     ELSE 0 END,
                coalesce(a.valid_from, DATE '1900-01-01') DESC,
                a.org_id
        ) AS place
    FROM day
    LEFT JOIN rep_assignment AS a ON a.rep_id = day.rep_id
)
SELECT
    rep_id,
    order_date,
    booked_org_id,
    CASE WHEN in_force AND org_id IS NOT NULL THEN org_id ELSE coalesce(booked_org_id, org_id) END AS org_id
FROM choice
WHERE place = 1
