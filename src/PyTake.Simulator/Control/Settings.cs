using System.ComponentModel.DataAnnotations;

namespace PyTake.Simulator.Control;

/// <summary>Whether accepted messages get their statuses automatically, and the delay before each.</summary>
internal sealed record StatusSettings(bool AutoStatuses, int StatusDelayMs);

/// <summary>A change of the settings; members that are left out keep their values.</summary>
public sealed record SettingsRequest(bool? AutoStatuses = null, int? StatusDelayMs = null) : IValidatableObject
{
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (StatusDelayMs is < 0 or > 3_600_000)
            yield return new("status_delay_ms must be 0 to 3600000", ["status_delay_ms"]);
    }
}

internal sealed class SettingsHolder
{
    private readonly Lock _lock = new();
    private volatile StatusSettings _current = new(AutoStatuses: true, StatusDelayMs: 250);

    public StatusSettings Current => _current;

    public StatusSettings Change(SettingsRequest change)
    {
        lock (_lock)
        {
            return _current = new(
                change.AutoStatuses ?? _current.AutoStatuses, change.StatusDelayMs ?? _current.StatusDelayMs);
        }
    }
}
