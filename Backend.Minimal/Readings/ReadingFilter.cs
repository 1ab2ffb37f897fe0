using JamBox.Backend.Security;

namespace JamBox.Backend.Readings;

/// <summary>Which readings are wanted.</summary>
internal sealed record ReadingFilter
{
    /// <summary>Only this device's; null = all.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The caller's scope; see <see cref="Security.Caller"/>. Not looked at with a device, whose scope was checked.</summary>
    public string? Scope { get; init; }

    /// <summary>Only ids below this.</summary>
    public long Before { get; init; } = long.MaxValue;

    /// <summary>Rows at most.</summary>
    public int Limit { get; init; }

    /// <summary>Only those closed at or after, milliseconds since 1970.</summary>
    public long? From { get; init; }

    /// <summary>Only those closed before, milliseconds since 1970.</summary>
    public long? Until { get; init; }
}
