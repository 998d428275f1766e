-- Opportunities as they stood on a day: what was closed later is still open. Amounts in other currencies are empty.
-- Where no deal has a closing day of its own, the expected one of deals that ended stands in (exports with one date).
WITH told AS (
    SELECT
        *,
        CASE
            WHEN status NOT IN ('won', 'lost') THEN NULL
            WHEN (SELECT count(closed_date) FROM opportunity) = 0 THEN expected_close_date
            ELSE closed_date
        END AS closed_on
    FROM opportunity
),
opening AS (
    SELECT customer_id, min(order_date) AS first_date FROM counted_line WHERE customer_id IS NOT NULL GROUP BY customer_id
),
at_day AS (
    SELECT
        *,
        status IN ('won', 'lost') AND closed_on > $as_of::DATE AS closes_later
    FROM told
    WHERE $as_of::DATE IS NULL OR created_date <= $as_of::DATE
)
SELECT
    d.created_date AS date,
    d.created_date,
    d.expected_close_date,
    CASE WHEN coalesce(d.closes_later, false) THEN NULL ELSE d.closed_on END AS closed_date,
    d.opportunity_id,
    d.name,
    d.rep_id,
    d.customer_id,
    u.tier AS customer_type,
    CASE WHEN coalesce(d.closes_later, false) THEN NULL ELSE d.stage END AS stage_code,
    CASE WHEN coalesce(d.closes_later, false) THEN 'open' ELSE d.status END AS status,
    CASE WHEN $currency::VARCHAR IS NULL OR coalesce(d.currency, $currency::VARCHAR) = $currency::VARCHAR
         THEN d.amount END AS amount,
    CASE WHEN NOT coalesce(d.closes_later, false) AND d.closed_on >= d.created_date
         THEN date_diff('day', d.created_date, d.closed_on) END AS cycle_days,
    d.lost_reason,
    d.channel,
    d.customer_id IS NOT NULL
        AND coalesce(least(opening.first_date, u.first_order_date) >= d.created_date, true) AS is_new_customer
FROM at_day AS d
LEFT JOIN customer AS u ON u.customer_id = d.customer_id
LEFT JOIN opening ON opening.customer_id = d.customer_id
