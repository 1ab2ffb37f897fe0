using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>
/// The password that old firmware has compiled in: the first 32 hex digits of HMAC-SHA-256 over the serial number. Off unless an operator
/// switches it on for a device; over with the first use of a token of that device.
/// </summary>
internal static class DerivedPassword
{
    /// <summary>Hex digits.</summary>
    public const int Chars = 32;

    /// <summary>Makes it.</summary>
    /// <param name="secret"><c>Mqtt:Secret</c>, as UTF-8.</param>
    /// <param name="serial">The serial number; of a device that has none, its id.</param>
    public static string Of(string secret, string serial)
    {
        Span<byte> mac = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(serial), mac);
        return Convert.ToHexStringLower(mac)[..Chars];
    }

    /// <summary>The device, while its derived password counts, and its serial number.</summary>
    public static (DeviceIdentity Device, string Serial)? Find(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(
            """
            SELECT d.id, d.device_id, d.status, d.token_hash, d.next_token_hash, coalesce(m.serial, d.device_id), d.kind
            FROM mqtt_passwords p
            JOIN devices d ON d.device_id = p.device_id
            LEFT JOIN manufactured m ON m.device_id = p.device_id
            WHERE p.device_id = $1 AND d.status = 'active'
            """,
            deviceId);
        return row.Read()
            ? (
                new DeviceIdentity(row.Int64(0), row.Text(1), row.Text(2), row.Text(3), row.TextOrNull(4)) { Kind = row.Text(6) },
                row.Text(5))
            : null;
    }

    /// <summary>Switches it on or off.</summary>
    /// <returns>The serial number; null when there is no such device.</returns>
    public static string? Set(SqlSession session, (string DeviceId, bool IsOn, string Who, long At) change)
    {
        string serial;
        using (SqlStatement row = session.Query(
            "SELECT coalesce(m.serial, d.device_id) FROM devices d LEFT JOIN manufactured m ON m.device_id = d.device_id "
            + "WHERE d.device_id = $1",
            change.DeviceId))
        {
            if (!row.Read())
            {
                return null;
            }

            serial = row.Text(0);
        }

        int changed = change.IsOn
            ? session.Execute(
                "INSERT INTO mqtt_passwords (device_id, set_by, set_at) VALUES ($1, $2, $3) ON CONFLICT (device_id) DO NOTHING",
                change.DeviceId, change.Who, change.At)
            : session.Execute("DELETE FROM mqtt_passwords WHERE device_id = $1", change.DeviceId);
        if (changed > 0)
        {
            Audit.Note(
                session, change.Who, "device.mqtt-password", change.DeviceId, change.IsOn ? "off" : "derived",
                change.IsOn ? "derived" : "off", change.At);
        }

        return serial;
    }
}
