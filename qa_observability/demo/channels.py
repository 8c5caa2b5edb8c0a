"""What is typical of each channel: its volume, its usual rates, and the words of its errors. Pure."""

from dataclasses import dataclass

from integrations.choices import EventType

PRICING, FEES, LOST = EventType.PRICING_SYNC_ERROR, EventType.FEE_SYNC_ERROR, EventType.BOOKING_LOSS
BOOKING_COM, AIRBNB, VRBO, HMBN = "booking-com", "airbnb", "vrbo", "hmbn"


@dataclass(frozen=True, slots=True)
class Kind:
    """One thing that goes wrong; `message` may name {listing}, {attempts}, {nights}, {minutes} and {bookings}."""

    event_type: EventType
    error_code: str
    http_status: int
    endpoint: str
    message: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """`share` of all events; `error_rate` and `loss_rate` on a usual day, ratios; `bursts` in 90 days.

    `burst_size` is the smallest and the largest number of events of a burst at the usual volume, `severe` the share
    of them that is of high severity. `hum` is what goes wrong all the time and mends itself, `faults` what a burst
    consists of, `lost` how a booking gets lost here.
    """

    slug: str
    share: float
    error_rate: float
    loss_rate: float
    bursts: int
    burst_size: tuple[int, int]
    severe: float
    hum: tuple[Kind, ...]
    faults: tuple[Kind, ...]
    lost: Kind


CHANNELS = (
    Channel(
        slug=BOOKING_COM,
        share=0.38,
        error_rate=0.008,
        loss_rate=0.0016,
        bursts=13,
        burst_size=(16, 40),
        severe=0.4,
        hum=(
            Kind(PRICING, "HTTP_503", 503, "/ota/rates", "Rate push accepted on attempt {attempts}", 5),
            Kind(PRICING, "WARN_DUPLICATE_DATES", 200, "/ota/rates", "Duplicate dates in a rate push were ignored", 3),
            Kind(FEES, "HTTP_502", 502, "/ota/charges", "Fee update accepted on attempt {attempts}", 1.5),
            Kind(LOST, "TOKEN_MISMATCH", 409, "/ota/reservations", "Reservation pulled again after {minutes} min", 0.5),
        ),
        faults=(
            Kind(
                PRICING, "LOS_PRICING_PASSED_FOR_OBP_RATE", 200, "/ota/rates",
                "Rate push rejected for {nights} nights: length-of-stay prices for an occupancy-based rate", 6,
            ),
            Kind(PRICING, "ROOM_ID_MISSING", 200, "/ota/rates", "Rate push rejected: room of {listing} is unmapped", 1),
        ),
        lost=Kind(
            LOST, "RESERVATION_FALLBACK", 503, "/ota/reservations",
            "{bookings} not acknowledged within 30 minutes, sent as fallback e-mail",
        ),
    ),
    Channel(
        slug=AIRBNB,
        share=0.3,
        error_rate=0.009,
        loss_rate=0.0014,
        bursts=9,
        burst_size=(16, 40),
        severe=0.4,
        hum=(
            Kind(PRICING, "rate_limit", 429, "/v2/calendars", "Rate limit: price accepted {minutes} min later", 6),
            Kind(PRICING, "conflict", 409, "/v2/calendars", "Calendar changed meanwhile, price update repeated", 2),
            Kind(FEES, "timeout", 504, "/v2/fees", "Fee update accepted on attempt {attempts}", 1.5),
            Kind(LOST, "webhook_retry", 500, "/webhooks/airbnb", "Webhook accepted on attempt {attempts}", 0.5),
        ),
        faults=(
            Kind(
                PRICING, "rate_limit", 429, "/v2/calendars",
                "Price update for {nights} nights dropped after {attempts} attempts: rate limit", 4,
            ),
            Kind(PRICING, "invalid_price", 400, "/v2/calendars", "Price of {listing} refused for {nights} nights", 2),
        ),
        lost=Kind(LOST, "webhook_failed", 500, "/webhooks/airbnb", "{bookings} never arrived: webhook answered 500"),
    ),
    Channel(
        slug=VRBO,
        share=0.22,
        error_rate=0.01,
        loss_rate=0.0012,
        bursts=11,
        burst_size=(20, 40),
        severe=0.6,
        hum=(
            Kind(FEES, "TOO_MANY_CONNECTIONS_3210", 200, "/pushFees", "Fee push accepted on attempt {attempts}", 5),
            Kind(PRICING, "AVAIL_RATE_WARNING", 200, "/pushRatesAndAvail", "Rate update repeated: partly applied", 3),
            Kind(PRICING, "HTTP_429", 429, "/pushRatesAndAvail", "Rate push accepted {minutes} min later", 2),
            Kind(LOST, "QUOTE_TIMEOUT", 504, "/bookingRequest", "Booking request answered on attempt {attempts}", 0.4),
        ),
        faults=(
            Kind(FEES, "FEE_CODE_UNMAPPED", 200, "/pushFees", "Cleaning fee of {listing} rejected: code not mapped", 5),
            Kind(FEES, "FEE_AMOUNT_MISMATCH", 200, "/pushFees", "Pet fee of {listing} rejected: amount differs", 2),
            Kind(FEES, "FEE_UPDATE_FAILED", 503, "/pushFees", "Fee update given up after {attempts} attempts", 2),
        ),
        lost=Kind(LOST, "BOOKING_REQUEST_FAILED", 503, "/bookingRequest", "{bookings} lost: booking request got 503"),
    ),
    Channel(
        slug=HMBN,
        share=0.1,
        error_rate=0.005,
        loss_rate=0.0008,
        bursts=8,
        burst_size=(10, 20),
        severe=0.0,
        hum=(
            Kind(FEES, "FEE_TYPE_UNSUPPORTED", 422, "/hvmb/fees", "Cleaning fee of {listing} sent within the rate", 4),
            Kind(FEES, "TAX_BY_HAND", 422, "/hvmb/fees", "Tourist tax of {listing} left to be entered by hand", 2),
            Kind(PRICING, "MIN_STAY", 422, "/hvmb/rates", "Stay of under 3 nights left out of a rate push", 2),
        ),
        faults=(
            Kind(FEES, "FEE_TYPE_UNSUPPORTED", 422, "/hvmb/fees", "Cleaning fee type of {listing} not supported", 4),
            Kind(FEES, "FEE_TYPE_UNSUPPORTED", 422, "/hvmb/fees", "Fee per person of {listing} not supported", 2),
        ),
        lost=Kind(LOST, "RESERVATION_REJECTED", 500, "/hvmb/reservations", "{bookings} rejected by the PMS"),
    ),
)  # fmt: skip
