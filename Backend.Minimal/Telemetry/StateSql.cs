using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>The SQL of reported and wanted state.</summary>
internal static class StateSql
{
    /// <summary>What a device has said and what is wanted of it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Id of the device, and the time in milliseconds since 1970: wishes that are a day old then are left out.</param>
    /// <returns>Nothing reported and nothing wanted when the device has never spoken.</returns>
    public static StoredState Read(SqlSession session, (string DeviceId, long Now) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT s.at, s.data FROM telemetry_states s JOIN devices d ON d.id = s.device_key WHERE d.device_id = $1", wanted.DeviceId);
        if (!row.Read())
        {
            return new StoredState(null, new DeviceValues());
        }

        DeviceValues values = DeviceValues.Unpack(row.Bytes(1));
        values.EndWishes(wanted.Now, []);
        return new StoredState(row.Int64(0) == 0 ? null : row.Int64(0), values);
    }

    /// <summary>What is wanted of a device and was not reported since: what whoever can reach it sends it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Id of the device, and the time in milliseconds since 1970.</param>
    public static IReadOnlyList<WantedValue> Wanted(SqlSession session, (string DeviceId, long Now) wanted) =>
        [.. Read(session, wanted).Values.Entries.Select(static entry => entry.Wish).OfType<WantedValue>()];
}

/// <summary>The state of a device.</summary>
/// <param name="At">When it last said anything, milliseconds since 1970; null = never.</param>
/// <param name="Values">Its keys.</param>
internal sealed record StoredState(long? At, DeviceValues Values);

/// <summary>What is wanted of a device, and was not reported since.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The wanted value.</param>
/// <param name="At">Since when, milliseconds since 1970.</param>
/// <param name="By">Who wants it.</param>
internal sealed record WantedValue(string Key, TelemetryValue Value, long At, string By);
