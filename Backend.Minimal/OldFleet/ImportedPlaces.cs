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

    /// <summary>Brings the devices that are new to their places.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="devices">All devices of the file.</param>
    /// <param name="added">The ids of those that are new.</param>
    /// <param name="who">Name of the key.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public static void Add(SqlSession session, IReadOnlyList<ImportedDevice> devices, HashSet<string> added, string who, long at)
    {
        Dictionary<string, long> places = new(StringComparer.Ordinal);
        foreach (ImportedDevice device in devices.Where(device => device.LocationName is not null && !added.Contains(device.DeviceId)))
        {
            using SqlStatement row = session.Query(KnownSql, device.DeviceId, device.LocationName);
            if (row.Read())
            {
                places.TryAdd(device.LocationName!, row.Int64(0));
            }
        }

        foreach (ImportedDevice device in devices.Where(device => device.LocationName is not null && added.Contains(device.DeviceId)))
        {
            if (places.TryGetValue(device.LocationName!, out long place))
            {
                PlacementSql.Move(session, (device.DeviceId, place, null, null, who, at));
            }
            else
            {
                places.Add(
                    device.LocationName!,
                    NewPlaceSql.Add(session, device.DeviceId, new PlaceChange { Name = device.LocationName }, who, at));
            }
        }
    }
}
