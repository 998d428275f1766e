-- Opportunities entered by the review's last day, each with the day it ended (won, lost or void).
-- Where no deal has a closing day of its own, the expected one of deals that ended stands in (exports with one date).
-- Amounts in other currencies are empty.
SELECT
    opportunity_id,
    rep_id AS seller_id,
    customer_id,
    stage,
    status,
    CASE WHEN coalesce(currency, $currency::VARCHAR) = $currency::VARCHAR THEN amount END AS amount,
    created_date,
    expected_close_date,
    CASE
        WHEN coalesce(status, 'open') = 'open' THEN NULL
        WHEN (SELECT count(closed_date) FROM opportunity) = 0 THEN expected_close_date
        ELSE closed_date
    END AS closed_on
FROM opportunity
WHERE created_date <= $as_of::DATE
