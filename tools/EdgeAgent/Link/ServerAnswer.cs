using System.Text.Json;

namespace JamBox.Edge.Link;

/// <summary>A short answer of the server.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="ETag">Its entity tag, with quotation marks; <c>null</c> = none.</param>
/// <param name="Date">The server's clock; <c>null</c> = it did not say.</param>
/// <param name="IsJson">Whether it says that it is JSON: not the page of some proxy.</param>
/// <param name="Wait">How long the server wants to be left alone; <c>null</c> = it did not say.</param>
internal sealed record ServerAnswer(int Status, byte[] Body, string? ETag, DateTimeOffset? Date, bool IsJson, TimeSpan? Wait)
{
    private const int MaxShown = 300;

    /// <summary>Whether it is a yes.</summary>
    public bool IsSuccess => Status is >= 200 and < 300;

    /// <summary>What a no means.</summary>
    /// <param name="what">What was asked for, as the subject of a sentence.</param>
    public LinkException ToException(string what)
    {
        (LinkFault fault, string why) = Status switch
        {
            401 => (LinkFault.Denied,
                "the server does not take this gateway's token: make a new one at the server and put it into agent.secrets"),
            403 => (LinkFault.Denied,
                "the server does not allow it: is this gateway registered as one, switched on, and is it its own token?"),
            404 or 410 => (LinkFault.Missing, "it is not there"),
            408 or 425 or 429 => (LinkFault.Busy, "the server is busy"),
            >= 500 => (LinkFault.Busy, "the server has a fault"),
            _ => (LinkFault.Refused, "the server refuses it"),
        };

        // Of a token nobody knows whose it is: the server calls it the key of anybody.
        string said = Status != 401 && Error() is { } error ? $" ({error})" : string.Empty;
        return new LinkException(fault, $"{what}: {why}, HTTP {Status}{said}") { Wait = Wait };
    }

    /// <summary>The server's own words, where it has some: at most 300 characters.</summary>
    public string? Error()
    {
        if (!IsJson)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(Body);
            foreach (string name in (ReadOnlySpan<string>)["error", "detail", "title", "message"])
            {
                if (document.RootElement.ValueKind == JsonValueKind.Object
                    && document.RootElement.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String)
                {
                    string text = string.Concat(value.GetString()!.Take(MaxShown).Where(static letter => !char.IsControl(letter)));
                    return text.Length > 0 ? text : null;
                }
            }
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Then it has none.
        }

        return null;
    }
}
