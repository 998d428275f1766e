-- Activities that took place, one row each. Tasks are no contact with the customer.
-- A visit is followed up when the same seller has another contact with the customer on one of the next three days;
-- unknown where the customer is, and for every visit, followed or not, whose three days are not over in the data:
-- to keep only those already followed would make the last days look better than they were.
WITH done AS (
    SELECT a.*, a.type <> 'task' AND a.customer_id IS NOT NULL AS is_contact
    FROM activity AS a
    WHERE coalesce(a.is_completed, true)
      AND ($as_of::DATE IS NULL OR a.activity_date <= $as_of::DATE)
),
touched AS (
    SELECT
        activity_id,
        date_diff('day', lag(activity_date) OVER before, activity_date) AS days_since_previous_contact,
        type = 'visit' AND row_number() OVER visits = 1 AS is_first_visit,
        count(*) OVER after > 0 AS is_followed
    FROM done
    WHERE is_contact
    WINDOW
        before AS (PARTITION BY customer_id ORDER BY activity_date, activity_id),
        visits AS (PARTITION BY customer_id, type = 'visit' ORDER BY activity_date, activity_id),
        after AS (PARTITION BY customer_id, rep_id ORDER BY activity_date
                  RANGE BETWEEN INTERVAL 1 DAY FOLLOWING AND INTERVAL 3 DAYS FOLLOWING)
)
SELECT
    d.activity_date AS date,
    d.activity_date,
    d.activity_id,
    d.type,
    d.rep_id,
    d.customer_id,
    u.tier AS customer_type,
    d.opportunity_id,
    d.seconds,
    d.outcome,
    d.type = 'visit' AS is_visit,
    d.type = 'call' AS is_call,
    d.is_contact,
    t.days_since_previous_contact,
    coalesce(t.is_first_visit, false) AS is_first_visit,
    CASE WHEN d.type = 'visit' AND d.activity_date + 3 <= (SELECT max(activity_date) FROM done)
         THEN t.is_followed END AS followed_up_within_3_days,
    coalesce(u.owner_rep_id = d.rep_id, false) AS is_own_customer
FROM done AS d
LEFT JOIN touched AS t ON t.activity_id = d.activity_id
LEFT JOIN customer AS u ON u.customer_id = d.customer_id
