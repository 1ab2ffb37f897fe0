using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Operation;
using JamBox.Backend.Readings;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Insights;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>Releases and boxes in the storage, and boxes that do what the endpoints for devices would do: ask, move on, end.</summary>
internal sealed class Fleet(BackendHost host, int firstBox = 1001)
{
    public const string Hardware = "atoms3-nb1";

    private static readonly TimeSpan s_step = TimeSpan.FromMinutes(25);
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    private int _boxes = firstBox;
    private readonly Dictionary<string, long> _keys = [];
    private long _readings;

    public Store Store => host.Services.GetRequiredService<Store>();

    public long Now => host.Clock.GetUtcNow().ToUnixTimeMilliseconds();

    public static string HashOf(string version) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(version)));

    /// <summary>A version of a sequence: 61000 is 6.1000.0, whatever; the same text for the same number.</summary>
    public static string VersionOf(int sequence) => string.Create(CultureInfo.InvariantCulture, $"6.{sequence}.0");

    public Task<long> ReleaseAsync(int sequence, bool isSigned = true, string hardware = Hardware,
        string assemblies = "mscorlib=1549c856") =>
        Store.WriteAsync((sequence, isSigned, hardware, Now, assemblies), static (session, wanted) =>
        {
            string version = VersionOf(wanted.sequence);
            long id;
            using (SqlStatement row = session.Query("""
                INSERT INTO ota_firmware (hw, version, sequence, image_size, sha256, native_checksum, assemblies, uploaded_by, uploaded_at,
                    manifest, image)
                VALUES ($1, $2, $3, 4, $4, 0, $8, 'test', $5, $6, $7) RETURNING id
                """,
                wanted.hardware, version, wanted.sequence, HashOf(version), wanted.Now, wanted.isSigned ? new byte[148] : null,
                new byte[4], wanted.assemblies))
            {
                row.Read();
                id = row.Int64(0);
            }

            session.Execute("""
                INSERT INTO ota_deltas (firmware_id, base_sha256, base_version, profile, state, size, sha256, chunk_count, queued_at)
                VALUES ($1, '', '', 'L', 'ready', 512, '', 1, $2)
                """, id, wanted.Now);
            return id;
        });

    /// <summary>Registers boxes that have said what they run, and spoke a moment ago.</summary>
    public async Task<string[]> BoxesAsync(int count, int sequence = 60_000, string hardware = Hardware, long? place = null)
    {
        string[] ids = [.. Enumerable.Range(_boxes, count).Select(static n => string.Create(CultureInfo.InvariantCulture, $"JBNB{n:D4}"))];
        _boxes += count;
        await Store.WriteAsync((ids, place, Now), static (session, wanted) =>
        {
            foreach (string id in wanted.ids)
            {
                session.Execute(
                    "INSERT INTO devices (device_id, token_hash, registered_at, last_seen_at) VALUES ($1, $1, $2, $2)", id, wanted.Now);
                if (wanted.place is not null)
                {
                    PlacementSql.Put(session, id, wanted.place, wanted.Now);
                }
            }

            return 0;
        });
        foreach (string id in ids)
        {
            await ReportAsync(id, sequence, hardware);
        }

        return ids;
    }

    /// <summary>Makes a place.</summary>
    public Task<long> PlaceAsync(string name) =>
        Store.WriteAsync((new PlaceChange { Name = name }, "test", Now), PlaceSql.Add);

    /// <summary>Lets boxes be heard.</summary>
    public Task<int> SpeakAsync(params string[] ids) => Store.WriteAsync((ids, Now), static (session, wanted) =>
        wanted.ids.Sum(id => session.Execute("UPDATE devices SET last_seen_at = $2 WHERE device_id = $1", id, wanted.Now)));

    /// <summary>Notes what a box says that it runs.</summary>
    public Task<int> ReportAsync(string id, int sequence, string hardware = Hardware, string profiles = "LHE") =>
        Store.WriteAsync(
            (Report(id, sequence, hardware, profiles), Now), static (session, wanted) => Note(session, wanted.Item1, wanted.Now));

    /// <summary>A box asks for an update; when it is offered one, an attempt is opened.</summary>
    public Task<ReleaseChoice> AskAsync(string id, int sequence = 60_000, string hardware = Hardware, string profiles = "LHE") =>
        Store.WriteAsync((Report(id, sequence, hardware, profiles), Now), static (session, wanted) =>
        {
            (DeviceReport report, long now) = wanted;
            Note(session, report, now);
            session.Execute("UPDATE devices SET last_seen_at = $2 WHERE device_id = $1", report.DeviceId, now);
            ReleaseChoice choice = RolloutChooser.Choose(session, report, now);
            if (choice.Reason is null)
            {
                session.Execute(
                    "UPDATE ota_attempts SET state = 'failed', why = 'withdrawn', ended_at = $3 WHERE device_id = $1 AND ended_at IS NULL AND rollout_id <> $2",
                    report.DeviceId, choice.RolloutId, now);
                session.Execute("""
                    INSERT INTO ota_attempts (device_id, firmware_id, rollout_id, delta_id, state, chunk_count, offered_at, changed_at)
                    VALUES ($1, $2, $3, (SELECT id FROM ota_deltas WHERE firmware_id = $2 AND base_sha256 = '' AND profile = 'L'),
                        'offered', 1, $4, $4)
                    ON CONFLICT DO NOTHING
                    """, report.DeviceId, choice.FirmwareId, choice.RolloutId, now);
            }

            return choice;
        });

    /// <summary>A box moves on in the attempt that is open, or ends it.</summary>
    /// <returns>False when none is open.</returns>
    public Task<bool> MoveAsync(string id, string state, string? why = null) =>
        Store.WriteAsync((id, state, why, Now), static (session, wanted) =>
        {
            bool ends = AttemptState.Rank(wanted.state) == AttemptState.Rank(AttemptState.Failed);
            using SqlStatement row = session.Query("""
                UPDATE ota_attempts SET state = $2, why = $3, changed_at = $4, ended_at = $5 WHERE device_id = $1 AND ended_at IS NULL
                RETURNING id, firmware_id, rollout_id, delta_id, offered_at
                """, wanted.id, wanted.state, wanted.why, wanted.Now, ends ? wanted.Now : (long?)null);
            if (!row.Read())
            {
                return false;
            }

            Attempt attempt = new(
                row.Int64(0), wanted.id, row.Int64(1), row.Int64OrNull(2), row.Int64(3), wanted.state, wanted.why, 1, 1, 512, row.Int64(4),
                wanted.Now, ends
                    ? wanted.Now
                    : null);
            row.Dispose();
            RolloutProgress.Settle(session, attempt, wanted.Now);
            return true;
        });

    /// <summary>Boxes ask, take what they are offered, confirm, and send the readings that prove it.</summary>
    public async Task UpdateAsync(IEnumerable<string> ids, int target)
    {
        foreach (string id in ids)
        {
            Assert.Null((await AskAsync(id)).Reason);
            Assert.True(await MoveAsync(id, AttemptState.Confirmed));
            await ReportAsync(id, target);
            await ReadAsync(id, target, count: 3);
            Alive[id] = target;
        }
    }

    /// <summary>
    /// Boxes that go on sending readings while time passes, and the sequence that they run. Those that were updated are among them.
    /// </summary>
    public Dictionary<string, int> Alive { get; } = [];

    /// <summary>Compares and judges the boxes of a roll-out, as the job does once a minute.</summary>
    public async Task WatchAsync(long id)
    {
        List<RolloutBox> changed = Store.Read((Rollout(id), Now), RolloutWatch.FindChanges);
        await Store.WriteAsync((Rollout(id), changed, Now), RolloutWatch.Keep);
    }

    /// <summary>A box sends readings that it has closed just now, with the version that it runs.</summary>
    public async Task ReadAsync(
        string id, int sequence, int count = 1, int wifi = 10, int ble = 5, int sendFailures = 0, long boot = 1, long? at = null)
    {
        long now = at ?? Now;
        await Store.WriteAsync(
            Enumerable.Range(0, count).Select(_ => DatedReading.Of(KeyOf(id), id, new Reading
            {
                DeviceId = id, ClosedAt = now / 1000, ClockSet = 1, BootId = boot, Number = ++_readings, Impressions = wifi, Unique = wifi,
                BleImpressions = ble, BleUnique = ble, SendFailures = sendFailures, FirmwareVersion = VersionOf(sequence),
                IntervalSeconds = 300,
            }, DateTimeOffset.FromUnixTimeMilliseconds(now))).ToList(),
            static (session, readings) => ReadingSql.Import(session, readings));
        if (at is null)
        {
            await SpeakAsync(id);
        }
    }

    /// <summary>A box sends a heartbeat with the version that it runs.</summary>
    public async Task HeartbeatAsync(string id, int sequence, int heap = 100_000, long boot = 1, long? at = null)
    {
        await Store.WriteAsync((id, VersionOf(sequence), heap, boot, at ?? Now), static (session, said) => session.Execute(
            "INSERT INTO heartbeats (device_id, timestamp, firmware_version, hf, b) VALUES ($1, $5, $2, $3, $4)", said.id, said.Item2,
            said.heap, said.boot, said.Item5));
        if (at is null)
        {
            await SpeakAsync(id);
        }
    }

    /// <summary>Brings a box to another place, from now on.</summary>
    public async Task MoveToAsync(string id, long? place) =>
        Assert.Null(await Store.WriteAsync((id, place, (long?)null, (string?)null, "test", Now), PlacementSql.Move));

    /// <summary>Another box takes over an id: it uses the new token that was made for it.</summary>
    public Task<int> RenewAsync(string id) => Store.WriteAsync((id, Now), static (session, box) =>
    {
        string hash = $"{box.id} {box.Now}";
        Assert.True(TokenSql.Offer(session, (box.id, hash, "test", box.Now)));
        return TokenSql.Promote(session, (box.id, hash, box.Now));
    });

    /// <summary>Retires a box.</summary>
    public async Task RetireAsync(string id) => Assert.Null(await Store.WriteAsync((id, "test", Now), RetirementSql.Retire));

    /// <summary>Gives a box days behind it: a reading every five minutes, a heartbeat a day. Empty times have readings without counts.</summary>
    public async Task LiveAsync(string id, int days, int sequence = 60_000, int wifi = 10, int ble = 5, Predicate<long>? isEmpty = null)
    {
        const long minutes = 5 * 60_000;
        long from = Now - (days * 24 * 60 * 60_000L);
        from -= from % minutes;
        List<DatedReading> readings = [];
        for (long at = from; at < Now; at += minutes)
        {
            (int phones, int beacons) = isEmpty?.Invoke(at) == true ? (0, 0) : (wifi, ble);
            readings.Add(DatedReading.Of(KeyOf(id), id, new Reading
            {
                DeviceId = id, ClosedAt = at / 1000, ClockSet = 1, BootId = 1, Number = ++_readings, Impressions = phones, Unique = phones,
                BleImpressions = beacons, BleUnique = beacons, FirmwareVersion = VersionOf(sequence), IntervalSeconds = 300,
            }, DateTimeOffset.FromUnixTimeMilliseconds(at)));
        }

        await Store.WriteAsync(readings, static (session, all) => ReadingSql.Import(session, all));
        for (int day = 0; day < days; day++)
        {
            await HeartbeatAsync(id, sequence, at: from + (day * 24 * 60 * 60_000L));
        }

        await SpeakAsync(id);
    }

    /// <summary>An update of a box failed some time ago, in no roll-out.</summary>
    public Task<int> FailAsync(string id, long firmware, string why) => Store.WriteAsync((id, firmware, why, Now), static (session, end) => session.Execute("""
        INSERT INTO ota_attempts (device_id, firmware_id, delta_id, state, why, chunk_count, offered_at, changed_at, ended_at)
        VALUES ($1, $2, (SELECT id FROM ota_deltas WHERE firmware_id = $2 AND base_sha256 = '' AND profile = 'L'), 'failed', $3, 1, $4, $4,
            $4)
        """, end.id, end.firmware, end.why, end.Now));

    /// <summary>Lets a box have again what failed on it, as the operator's endpoint does.</summary>
    public Task<int> AllowAsync(string id) => Store.WriteAsync((id, Now), static (session, wanted) => session.Execute(
        "UPDATE ota_attempts SET allowed_at = $2 WHERE device_id = $1 AND state IN ('failed', 'rolled_back') AND allowed_at IS NULL",
        wanted.id, wanted.Now));

    public Standing StandingOf(string id, long rollout) =>
        Store.Read((id, rollout, Now), static (session, asked) => RolloutChooser.StandingOf(session, asked.rollout, asked.id, asked.Now));

    public Rollout Rollout(long id) => Store.Read(id, RolloutSql.Find)!;

    public List<RolloutBox> Boxes(long id) =>
        Store.Read((id, Now), static (session, rollout) => RolloutBoxSql.All(session, RolloutSql.Find(session, rollout.id)!, rollout.Now));

    /// <summary>The boxes that may have the release.</summary>
    public string[] Staged(long id) => [.. Boxes(id).Where(static box => box.Stage is not null).Select(static box => box.DeviceId)];

    /// <summary>
    /// Moves the clock, and waits for what it sets off. In steps: a server that does not look for long takes it that it was not there.
    /// </summary>
    public async Task PassAsync(TimeSpan time)
    {
        for (TimeSpan left = time; left >= TimeSpan.Zero; left -= s_step)
        {
            TimeSpan step = left < s_step ? left : s_step;
            host.Clock.Advance(step);
            foreach ((string id, int sequence) in Alive)
            {
                await ReadAsync(id, sequence, count: Math.Max(1, (int)(step / s_interval)));
            }

            await host.Services.GetRequiredService<JobRunner>().IdleAsync();
            if (left == s_step)
            {
                break;
            }
        }
    }

    /// <summary>Moves the clock at once, as if the server had been down or its clock had jumped.</summary>
    public async Task LeapAsync(TimeSpan time)
    {
        host.Clock.Advance(time);
        await host.Services.GetRequiredService<JobRunner>().IdleAsync();
    }

    private long KeyOf(string id)
    {
        if (!_keys.TryGetValue(id, out long key))
        {
            key = Store.Read(id, static (session, device) =>
            {
                using SqlStatement row = session.Query("SELECT id FROM devices WHERE device_id = $1", device);
                row.Read();
                return row.Int64(0);
            });
            _keys.Add(id, key);
        }

        return key;
    }

    private static DeviceReport Report(string id, int sequence, string hardware, string profiles) =>
        new(id, hardware, VersionOf(sequence), HashOf(VersionOf(sequence))[..16], sequence, profiles);

    private static int Note(SqlSession session, DeviceReport r, long now) =>
        session.Execute("""
            INSERT INTO ota_devices (device_id, hw, base, version, sequence, profiles, checked_at) VALUES ($1, $2, $3, $4, $5, $7, $6)
            ON CONFLICT (device_id) DO UPDATE SET hw = excluded.hw, base = excluded.base, version = excluded.version,
                sequence = excluded.sequence, checked_at = excluded.checked_at, profiles = excluded.profiles
            """, r.DeviceId, r.Hardware, r.Base, r.Version, r.Sequence, now, r.Profiles);
}
