using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using JamBox.Twin.Faults;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>An operator at the backend's own admin API, in virtual time, in the order of all exchanges.</summary>
internal sealed class Desk : IOperator, IDisposable
{
    private static readonly string[] s_commands = ["send_now", "reboot", "geolocate", "ota_check", "fetch_config", "set_interval"];

    private readonly HttpClient _client;
    private readonly VirtualClock _clock;
    private readonly string _deviceId;
    private readonly Dictionary<int, KnownConfig> _configs = [];
    private readonly HashSet<int> _intervals = [];
    private readonly Dictionary<int, string> _queued = [];

    /// <param name="backend">Where the backend is.</param>
    /// <param name="adminKey">The admin key.</param>
    /// <param name="clock">The clock of the world, which has a seat.</param>
    /// <param name="deviceId">The box.</param>
    public Desk(Uri backend, string adminKey, VirtualClock clock, string deviceId)
    {
        _client = new HttpClient { BaseAddress = backend };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
        _clock = clock;
        _deviceId = deviceId;
    }

    /// <summary>Every configuration that the backend had, by version.</summary>
    public IReadOnlyDictionary<int, KnownConfig> Configs => _configs;

    /// <summary>The intervals that commands ordered.</summary>
    public IReadOnlySet<int> OrderedIntervals => _intervals;

    /// <summary>The commands that were queued: name by id.</summary>
    public IReadOnlyDictionary<int, string> Queued => _queued;

    /// <inheritdoc/>
    public bool QueueCommand(SeededRandom random)
    {
        string command = s_commands[random.Between(0, s_commands.Length - 1)];
        var body = new JsonObject { ["command"] = command };
        if (command == "set_interval")
        {
            int interval = DrawInterval(random);
            _intervals.Add(interval);
            body["arg"] = interval;
        }

        if (Ask(HttpMethod.Post, $"/api/device/{_deviceId}/command", body) is { } answer && answer["id"] is { } id)
        {
            _queued[id.GetValue<int>()] = command;
            NoteConfig();
            return true;
        }

        return false;
    }

    /// <inheritdoc/>
    public bool ChangeConfiguration(SeededRandom random)
    {
        int near = random.Between(-70, -55);
        int shortest = random.Between(1, 3);
        var body = new JsonObject
        {
            ["rssi_immediate_threshold"] = random.Between(-50, -35),
            ["rssi_near_threshold"] = near,
            ["rssi_far_threshold"] = random.Between(-88, -75),
            ["dwell_short_threshold"] = shortest,
            ["dwell_medium_threshold"] = shortest + random.Between(1, 4),
            ["dwell_long_threshold"] = random.Between(8, 25),
        };
        if (random.Chance(0.5))
        {
            body["report_interval_ms"] = DrawInterval(random);
        }

        if (random.Chance(0.3))
        {
            body["wifi_channels"] = random.Chance(0.5) ? new JsonArray(1, 6, 11) : new JsonArray(1, 5, 9, 13);
        }

        if (random.Chance(0.3))
        {
            body["heartbeat_interval_ms"] = random.Between(1, 24) * 3_600_000;
            body["geolocation_on_boot"] = random.Chance(0.5);
        }

        bool isTaken = Ask(HttpMethod.Put, $"/api/device/{_deviceId}/config", body) is not null;
        NoteConfig();
        return isTaken;
    }

    /// <summary>Notes which configuration the backend has now.</summary>
    public void NoteConfig()
    {
        if (Ask(HttpMethod.Get, $"/api/device/{_deviceId}/config", null) is { } answer
            && (answer["wanted"] ?? answer["config"]) is { } wanted)
        {
            KnownConfig known = KnownConfig.Of(wanted);
            _configs[known.Version] = known;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static int DrawInterval(SeededRandom random) =>
        (random.Between(0, 4) switch { 0 => 1, 1 => 2, 2 => 5, 3 => 10, _ => 15 }) * 60_000;

    private JsonNode? Ask(HttpMethod method, string path, JsonObject? body)
    {
        JsonNode? answer = null;
        _clock.Seat!.Exchange(_clock.UtcNowMs, () =>
        {
            using var request = new HttpRequestMessage(method, path);
            if (body != null)
            {
                request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
            }

            using HttpResponseMessage response = _client.Send(request);
            using var reader = new StreamReader(response.Content.ReadAsStream());
            string text = reader.ReadToEnd();
            answer = response.IsSuccessStatusCode ? JsonNode.Parse(text) : null;
            if (!response.IsSuccessStatusCode && (int)response.StatusCode is not (404 or 405 or 409))
            {
                throw new InvalidOperationException(
                    string.Create(
                        CultureInfo.InvariantCulture, $"{method} {path} {body?.ToJsonString()}: {(int)response.StatusCode} {text}"));
            }
        });
        return answer;
    }
}
