using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JamBox.Backend.Events;

/// <summary>
/// What this process has just heard, for those who listen here, at once and without a look into the storage: values, wishes and states of
/// things. Said after the commit. While nobody listens it costs a comparison.
/// </summary>
internal sealed class LiveFeed(EventHub hub)
{
    /// <summary>A device has said new values.</summary>
    public const string Telemetry = "telemetry";

    /// <summary>What is wanted of a device has changed.</summary>
    public const string State = "state";

    /// <summary>A device is online, degraded or offline.</summary>
    public const string Status = "status";

    /// <summary>Whether anybody listens: else nothing need be written down.</summary>
    public bool IsHeard => hub.HasListeners;

    /// <summary>A moment as events say it.</summary>
    /// <param name="ms">Milliseconds since 1970.</param>
    public static string Time(long ms) =>
        DateTime.UnixEpoch.AddMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    /// <summary>Tells how a device is.</summary>
    /// <param name="deviceId">The device.</param>
    /// <param name="placeId">Where it stands; null = nowhere.</param>
    /// <param name="status">online, degraded or offline.</param>
    /// <param name="at">Since when, milliseconds since 1970.</param>
    public void PublishStatus(string deviceId, long? placeId, string status, long at) => Publish(
        Status, deviceId, placeId, (status, at), static (json, said) =>
        {
            json.WriteString("timestamp", Time(said.at));
            json.WriteString("status", said.status);
        });

    /// <summary>Tells something of a device.</summary>
    /// <param name="kind">One of the names here.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="placeId">Where it stands; null = nowhere: then only those hear it who hear everything.</param>
    /// <param name="said">What is to be written.</param>
    /// <param name="write">Writes the members behind <c>device_id</c>.</param>
    public void Publish<T>(string kind, string deviceId, long? placeId, T said, Action<Utf8JsonWriter, T> write)
    {
        if (!IsHeard)
        {
            return;
        }

        using MemoryStream buffer = new(256);
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("device_id", deviceId);
            write(json, said);
            json.WriteEndObject();
        }

        hub.Tell(new LiveEvent(kind, Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length), default, deviceId), placeId);
    }
}
