using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Notifications;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Devices;

/// <summary>The SQL of changes to a device, each with its line in the audit log.</summary>
internal static class DeviceAdminSql
{
    /// <summary>
    /// Changes the status. <c>active</c> takes a retired device back, which the audit log says; no other one is given to it.
    /// </summary>
    public static Refusal? SetStatus(SqlSession session, (string DeviceId, string Status, string Who, long At) change)
    {
        string before = Text(session, "SELECT status FROM devices WHERE device_id = $1", change.DeviceId);
        bool isRetired = PlacementSql.FindFault(session, change.DeviceId) is not null;
        if (isRetired && change.Status != "active")
        {
            return DeviceAccess.Retired;
        }

        session.Execute("UPDATE devices SET status = $2, retired_at = NULL WHERE device_id = $1", change.DeviceId, change.Status);
        if (before != change.Status)
        {
            Audit.Note(
                session, change.Who, isRetired ? "device.take-back" : "device.status", change.DeviceId, before, change.Status, change.At);
        }

        return null;
    }

    /// <summary>Sets what is known of where a device stands, on its place where it has one; a name makes one.</summary>
    /// <returns>The zone that holds now, and the place; or why nothing was set.</returns>
    public static (string Zone, long? PlaceId, Refusal? Refusal) SetLocation(
        SqlSession session, (string DeviceId, DeviceChange Change, string Who, long At) wanted)
    {
        if (PlacementSql.FindFault(session, wanted.DeviceId) is { } retired)
        {
            return ("", null, retired);
        }

        DeviceChange c = wanted.Change;
        string before = Location(session, wanted.DeviceId);
        session.Execute("""
            UPDATE devices SET latitude = coalesce($2, latitude), longitude = coalesce($3, longitude),
                location_source = CASE WHEN $2 IS NULL THEN location_source ELSE 'manual' END,
                project_name = coalesce($4, project_name), timezone = coalesce($5, timezone)
            WHERE device_id = $1
            """, wanted.DeviceId, c.Latitude, c.Longitude, c.ProjectName, c.Timezone);
        PlaceChange change = new()
        {
            Name = c.LocationName, Timezone = c.Timezone, Latitude = c.Latitude, Longitude = c.Longitude, Project = c.ProjectName,
        };
        long? place = PlacementSql.PlaceOf(session, wanted.DeviceId);
        if (place is { } known)
        {
            PlaceSql.Change(session, (known, change, wanted.Who, wanted.At));
        }
        else if (c.LocationName is not null)
        {
            place = NewPlaceSql.Add(session, wanted.DeviceId, change, wanted.Who, wanted.At).Id;
        }

        string after = Location(session, wanted.DeviceId);
        if (after != before)
        {
            Audit.Note(session, wanted.Who, "device.location", wanted.DeviceId, before, after, wanted.At);
        }

        return (ZoneOf(session, wanted.DeviceId), place, null);
    }

    /// <summary>The zone of a device's clock: its place's, else its own.</summary>
    public static string ZoneOf(SqlSession session, string deviceId) => Text(
        session, "SELECT coalesce(p.timezone, d.timezone) FROM devices d LEFT JOIN places p ON p.id = d.place_id WHERE d.device_id = $1",
        deviceId);

    /// <summary>Sets the PIN.</summary>
    public static int SetPin(SqlSession session, (string DeviceId, string Hash, string Who, long At) change)
    {
        session.Execute("UPDATE devices SET pin_hash = $2 WHERE device_id = $1", change.DeviceId, change.Hash);
        Audit.Note(session, change.Who, "device.pin", change.DeviceId, null, "set", change.At);
        return 1;
    }

    /// <summary>Takes the flag off, and closes the alert.</summary>
    public static int ClearAnomaly(SqlSession session, (string DeviceId, string Who, long At) change)
    {
        string before = Text(session, "SELECT anomaly_reason FROM devices WHERE device_id = $1", change.DeviceId);
        session.Execute(
            "UPDATE devices SET anomalous = 0, anomaly_reason = NULL, anomaly_detected_at = NULL, live_now = 0, live_before = 0 WHERE device_id = $1",
            change.DeviceId);
        AlertSql.Clear(session, change.DeviceId, AlertType.Burst, null, change.At);
        Audit.Note(session, change.Who, "device.clear-anomaly", change.DeviceId, before.Length == 0 ? null : before, null, change.At);
        return 1;
    }

    /// <summary>The hash of a device's PIN; null when there is no device or no PIN.</summary>
    public static string? PinHash(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT pin_hash FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.TextOrNull(0) : null;
    }

    private static string Location(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(
            "SELECT latitude, longitude, project_name, timezone, place_id FROM devices WHERE device_id = $1", deviceId);
        return row.Read()
            ? string.Create(CultureInfo.InvariantCulture,
                $"{row.RealOrNull(0)} {row.RealOrNull(1)} '{row.TextOrNull(2)}' {row.Text(3)} place {row.Int64OrNull(4)}").Trim()
            : "";
    }

    private static string Text(SqlSession session, string sql, string deviceId)
    {
        using SqlStatement row = session.Query(sql, deviceId);
        return row.Read() ? row.Text(0) : "";
    }
}

/// <summary>
/// The 4-digit PIN on a box's label, kept as PBKDF2 with a salt. Four digits do not resist whoever has the database; what protects
/// them is that only five may be tried in 15 minutes.
/// </summary>
internal static class Pin
{
    /// <summary>What it looks like, as a regular expression.</summary>
    public const string Pattern = "^[0-9]{4}$";

    /// <summary>How often one may be tried.</summary>
    public static readonly TryRule Tries =
        new("pin", Limit: 5, WindowMs: 15 * 60 * 1000, "SELECT 1 FROM devices WHERE device_id = $1 AND pin_hash IS NOT NULL");

    /// <summary>
    /// What a PIN is compared with where there is none: as much work, and never right, for the salt is too short to be one of ours.
    /// </summary>
    private const string NoPin = "00:";

    private const int Iterations = 50_000;
    private const int SaltBytes = 16;

    /// <summary>Whether it is a PIN: exactly 4 digits.</summary>
    public static bool IsPin(string? text) => text is { Length: 4 } && text.All(char.IsAsciiDigit);

    /// <summary>Hashes a PIN with a new salt.</summary>
    public static string Hash(string pin, ISecretSource secrets) => Hash(pin, NewSalt(secrets));

    /// <summary>Hashes a PIN.</summary>
    /// <param name="pin">The PIN.</param>
    /// <param name="salt">A new one of <see cref="NewSalt"/>.</param>
    public static string Hash(string pin, byte[] salt) => $"{Convert.ToHexStringLower(salt)}:{Derive(pin, salt)}";

    /// <summary>Makes a salt.</summary>
    public static byte[] NewSalt(ISecretSource secrets)
    {
        byte[] salt = new byte[SaltBytes];
        secrets.Fill(salt);
        return salt;
    }

    /// <summary>Whether a PIN is the one that was hashed. It takes the same time when there is no hash.</summary>
    public static bool Matches(string pin, string? hash)
    {
        string[] parts = (hash ?? NoPin).Split(':');
        return parts.Length == 2 && Token.SameHash(Derive(pin, Convert.FromHexString(parts[0])), parts[1]);
    }

    private static string Derive(string pin, byte[] salt) =>
        Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(pin), salt, Iterations, HashAlgorithmName.SHA256, 32));
}
