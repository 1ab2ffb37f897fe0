using System.Text.Json.Nodes;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota.Demo;

/// <summary>
/// Measures the update of one box from outside: by its exchanges with the backend, and the readings that it closes meanwhile.
/// </summary>
internal sealed class UpdateMeter(VirtualClock clock) : IBoxWatch
{
    private const string OtaPath = " /api/ota/";
    private const string CheckRoute = "POST /api/ota/check";
    private const string CompleteRoute = "POST /api/ota/complete";

    /// <summary>When the release was offered first, virtual UTC in ms; -1 = never.</summary>
    public long OfferedAtMs { get; private set; } = -1;

    /// <summary>When the backend took the word on the end, virtual UTC in ms; -1 = not yet.</summary>
    public long KnownAtMs { get; private set; } = -1;

    /// <summary>What the box said of the end: <c>success</c>, <c>rolled_back</c>, <c>failed</c>; empty = nothing yet.</summary>
    public string Status { get; private set; } = string.Empty;

    /// <summary>Why.</summary>
    public string Why { get; private set; } = string.Empty;

    /// <summary>Bytes of requests and responses of the update: from the check that brought the offer to the word on the end.</summary>
    public long Bytes { get; private set; }

    /// <summary>Chunks that came, repeats included.</summary>
    public int Chunks { get; private set; }

    /// <summary>Bytes of requests and answers that brought chunks, beside the bytes of the chunks.</summary>
    public long ChunkOverhead { get; private set; }

    /// <summary>Exchanges in which they went.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Checks after the end.</summary>
    public int ChecksAfter { get; private set; }

    /// <summary>Offers after the end.</summary>
    public int OffersAfter { get; private set; }

    /// <summary>Why the last check after the end brought nothing, in the backend's word.</summary>
    public string Refusal { get; private set; } = string.Empty;

    /// <summary>Readings closed between offer and end.</summary>
    public int ReadingsDuring { get; private set; }

    /// <summary>Readings closed after the end.</summary>
    public int ReadingsAfter { get; private set; }

    /// <summary>Probe requests in the readings closed after the end.</summary>
    public long CountedAfter { get; private set; }

    /// <summary>Whether the release was offered and the end is not known.</summary>
    public bool IsUnderWay => OfferedAtMs >= 0 && KnownAtMs < 0;

    /// <summary>An exchange took place.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">Its response; <c>null</c> = none.</param>
    /// <param name="isFromBackend">Whether the backend saw the request.</param>
    public void See(byte[] request, byte[]? response, bool isFromBackend)
    {
        string route = HttpText.Route(request);
        if (!isFromBackend || response is null || !route.Contains(OtaPath, StringComparison.Ordinal))
        {
            return;
        }

        if (route == CheckRoute)
        {
            SeeCheck(HttpText.Body(response));
        }

        if (IsUnderWay)
        {
            Bytes += request.Length + response.Length;
            Exchanges++;
            (int chunks, int payload) = ChunkAnswer.Of(request, response);
            Chunks += chunks;
            ChunkOverhead += chunks > 0 ? request.Length + response.Length - payload : 0;
        }

        if (route == CompleteRoute && KnownAtMs < 0 && HttpText.Status(response) is >= 200 and < 300 && HttpText.Body(request) is { } word)
        {
            KnownAtMs = clock.UtcNowMs;
            Status = word["status"]?.GetValue<string>() ?? string.Empty;
            Why = word["why"]?.GetValue<string>() ?? string.Empty;
        }
    }

    /// <inheritdoc/>
    public void Booted(App.Box box)
    {
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
        if (KnownAtMs >= 0)
        {
            ReadingsAfter++;
            CountedAfter += fields[0];
        }
        else if (OfferedAtMs >= 0)
        {
            ReadingsDuring++;
        }
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }

    private void SeeCheck(JsonObject? answer)
    {
        bool isOffer = answer?["update_available"]?.GetValue<bool>() == true;
        if (KnownAtMs >= 0)
        {
            ChecksAfter++;
            OffersAfter += isOffer ? 1 : 0;
            Refusal = answer?["reason"]?.GetValue<string>() ?? string.Empty;
        }
        else if (isOffer && OfferedAtMs < 0)
        {
            OfferedAtMs = clock.UtcNowMs;
        }
    }
}
