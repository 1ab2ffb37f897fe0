using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using JamBox.Ota.Patching;

namespace JamBox.Bench.Tests.Hosting;

/// <summary>
/// A box that updates itself over HTTP, a step at a time. It checks signature, hardware, sequence, base and hashes by the layout of the
/// contract, with nothing of the tool's code, and really applies the patch.
/// </summary>
internal sealed class SimulatedBox(Uri server, string id, string token, string publicKey) : IDisposable
{
    private const string Hardware = "atoms3-nb1";
    private const int ChunksPerStep = 3;

    private readonly HttpClient _http = new()
    {
        BaseAddress = server,
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) },
    };
    private readonly MemoryStream _patch = new();
    private long _offer;
    private int _chunks;
    private byte[] _manifest = [];
    private byte[]? _staged;
    private byte[]? _trial;
    private readonly string _firstVersion = "6.0.0";
    private int _readings;

    public string Id => id;

    public required byte[] Image { get; set; }

    public required string Version { get; set; }

    public required int Sequence { get; set; }

    /// <summary>Its clock.</summary>
    public required Func<DateTimeOffset> Now { get; init; }

    /// <summary>Why it goes back from the trial, if it does.</summary>
    public string? GoesBack { get; set; }

    /// <summary>The answer to the last check.</summary>
    public string LastCheck { get; private set; } = string.Empty;

    /// <summary>Goes on: asks, loads some chunks, applies, boots, or confirms.</summary>
    public async Task StepAsync()
    {
        await MoveAsync();
        if (Version != _firstVersion && !IsDead)
        {
            await ReadAsync();
        }
    }

    /// <summary>Whether nothing is heard of it any more once it has booted the new image.</summary>
    public bool IsDead { get; set; }

    private Task MoveAsync() =>
        IsDead && _trial is not null ? Task.CompletedTask
        : _trial is not null ? EndAsync()
        : _staged is not null ? BootAsync()
        : _offer == 0 ? CheckAsync()
        : _patch.Length < PatchSize ? LoadAsync()
        : ApplyAsync();

    /// <summary>Asks whether there is something.</summary>
    public async Task CheckAsync()
    {
        string hash = Convert.ToHexStringLower(SHA256.HashData(Image))[..16];
        using HttpResponseMessage answer = await _http.PostAsJsonAsync("/api/ota/check", new
        {
            d = id, v = Version, bh = hash, hw = Hardware, seq = Sequence, p = "LHE",
        });
        answer.EnsureSuccessStatusCode();
        LastCheck = await answer.Content.ReadAsStringAsync();
        JsonElement offer = JsonElement.Parse(LastCheck);
        if (offer.GetProperty("update_available").GetBoolean())
        {
            _offer = offer.GetProperty("id").GetInt64();
            _chunks = offer.GetProperty("chunks").GetInt32();
            _manifest = await _http.GetByteArrayAsync($"/api/ota/manifest?id={_offer}");
            CheckManifest();
        }
    }

    public void Dispose()
    {
        _http.Dispose();
        _patch.Dispose();
    }

    private int PatchSize => BitConverter.ToInt32(_manifest, 152);

    private void CheckManifest()
    {
        Assert.Equal(220, _manifest.Length);
        Assert.Equal("JBMF"u8, _manifest.AsSpan(0, 4));
        byte[] raw = Convert.FromHexString(publicKey);
        using var key = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = raw[..32], Y = raw[32..] },
        });
        Assert.True(key.VerifyHash(SHA256.HashData(_manifest.AsSpan(0, 84)), _manifest.AsSpan(84, 64)), $"{id} refuses the signature");
        Assert.Equal(Hardware, Text(8));
        Assert.InRange(BitConverter.ToInt32(_manifest, 28), Sequence + 1, int.MaxValue);
        Assert.Equal(SHA256.HashData(Image), _manifest.AsSpan(188, 32));
    }

    private async Task LoadAsync()
    {
        for (int i = 0; i < ChunksPerStep && _patch.Length < PatchSize; i++)
        {
            using HttpResponseMessage answer = await _http.GetAsync($"/api/ota/chunk?id={_offer}&chunk={_patch.Length / 512}");
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                return;
            }

            if (answer.StatusCode == HttpStatusCode.NotFound)
            {
                Forget();
                return;
            }

            answer.EnsureSuccessStatusCode();
            _patch.Write(await answer.Content.ReadAsByteArrayAsync());
        }

        await SayAsync($"downloading:{(_patch.Length + 511) / 512}/{_chunks}");
    }

    private async Task ApplyAsync()
    {
        await SayAsync("applying");
        byte[] patch = _patch.ToArray();
        Assert.Equal(SHA256.HashData(patch), _manifest.AsSpan(156, 32));
        Assert.Equal(PatchError.None, PatchApplier.Apply(Image, patch, BitConverter.ToInt32(_manifest, 48), out byte[] made));
        Assert.Equal(SHA256.HashData(made), _manifest.AsSpan(52, 32));
        _staged = made;
        await SayAsync("staged");
    }

    private async Task BootAsync()
    {
        (_trial, _staged) = (_staged, null);
        await SayAsync("trial", Text(32));
    }

    private async Task EndAsync()
    {
        string version = Text(32);
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(
            "/api/ota/complete", new
            {
                d = id,
                v = version,
                id = _offer,
                status = GoesBack is null ? "success" : "rolled_back",
                why = GoesBack ?? string.Empty,
            });
        answer.EnsureSuccessStatusCode();
        if (GoesBack is null)
        {
            (Image, Version, Sequence) = (_trial!, version, BitConverter.ToInt32(_manifest, 28));
        }

        Forget();
    }

    private void Forget()
    {
        (_offer, _staged, _trial) = (0, null, null);
        _patch.SetLength(0);
    }

    /// <summary>A reading that it has just closed, by a clock that is set.</summary>
    private async Task ReadAsync()
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync(
            "/api/reading", new
            {
                d = id, t = Now().ToUnixTimeSeconds(), ts = 1, i = 10, u = 5, b = 1, n = ++_readings, v = Version, age = 0,
            });
        answer.EnsureSuccessStatusCode();
    }

    private async Task SayAsync(string state, string? version = null)
    {
        using HttpResponseMessage answer = await _http.PostAsJsonAsync("/api/heartbeat", new
        {
            d = id,
            v = version ?? Version,
            b = 1,
            ob = state,
        });
        answer.EnsureSuccessStatusCode();
    }

    private string Text(int at) => System.Text.Encoding.ASCII.GetString(_manifest, at, 16).TrimEnd('\0');
}
