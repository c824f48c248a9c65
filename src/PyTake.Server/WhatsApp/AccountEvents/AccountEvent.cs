using PyTake.Json;

namespace PyTake.WhatsApp.AccountEvents;

/// <summary>What Meta says of an organization's WhatsApp Business Account, its numbers or its templates, as its administrators see it.</summary>
/// <param name="WhatsappNumberId">The number that it concerns, where Meta names one of the organization's.</param>
/// <param name="WabaId">The account.</param>
/// <param name="Field">Meta's webhook field: message_template_status_update, phone_number_quality_update, account_update and others.</param>
/// <param name="Event">What happened, in Meta's word: APPROVED, REJECTED, FLAGGED, ACCOUNT_RESTRICTION and others; null if the value says it all.</param>
/// <param name="Value">As Meta sent it.</param>
/// <param name="OccurredAt">By Meta's clock.</param>
internal sealed record AccountEvent(
    Guid Id, Guid? WhatsappNumberId, string WabaId, string Field, string? Event, RawJson Value, DateTime OccurredAt, DateTime CreatedAt);

/// <summary>An event that Meta has just told of.</summary>
/// <param name="DisplayPhoneNumber">The number that it concerns, as Meta shows it.</param>
/// <param name="Said">Tells it from an equal one at another time: Meta repeats itself, and events have no ids.</param>
public sealed record NewAccountEvent(
    string WabaId, string Field, string? Event, string? DisplayPhoneNumber, RawJson Value, DateTime OccurredAt, string Said);
