using JamBox.Backend.Places;
using JamBox.Backend.Storage;

namespace JamBox.Backend.OldFleet;

/// <summary>
/// Places of imported devices. In the old file the name was the place: devices of one name share one here. A name alone joins nothing that
/// was here before; only a device of the same file does that stands at a place which still bears that name.
/// </summary>
internal static class ImportedPlaces
{
    private const string KnownSql = """
        SELECT p.id FROM devices d JOIN places p ON p.id = d.place_id WHERE d.device_id = $1 AND p.name = $2 AND p.retired_at IS NULL
        """;

    /// <summary>The places that devices of the file, which were here before it, have kept under the file's name.</summary>
    public static Dictionary<string, long> Known(SqlSession session, IReadOnlyList<ImportedDevice> devices)
    {
        Dictionary<string, long> places = new(StringComparer.Ordinal);
        foreach (ImportedDevice device in devices.Where(static device => device.LocationName is not null))
        {
            using SqlStatement row = session.Query(KnownSql, device.DeviceId, device.LocationName);
            if (row.Read())
            {
                places.TryAdd(device.LocationName!, row.Int64(0));
            }
        }

        return places;
    }

    /// <summary>Brings devices that are new to their places.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="devices">The devices that are new.</param>
    /// <param name="known">The places of the file so far, by name; not changed, for the transaction may be tried again.</param>
    /// <param name="who">Name of the key.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    /// <returns>The places of the file now.</returns>
    public static Dictionary<string, long> Add(
        SqlSession session, IEnumerable<ImportedDevice> devices, Dictionary<string, long> known, string who, long at)
    {
        Dictionary<string, long> places = new(known, StringComparer.Ordinal);
        foreach (ImportedDevice device in devices.Where(static device => device.LocationName is not null))
        {
            // One that was given up since the slice before is a place no more.
            if (!places.TryGetValue(device.LocationName!, out long place)
                || PlacementSql.Move(session, (device.DeviceId, place, null, null, who, at)) is not null)
            {
                places[device.LocationName!] = NewPlaceSql.Add(
                    session, device.DeviceId, new PlaceChange { Name = device.LocationName }, who, at).Id;
            }
        }

        return places;
    }
}
