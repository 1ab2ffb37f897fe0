using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using JamBox.Ota.Patching;
using JamBox.Ota.Signing;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>
/// Somebody on the line of a box who wants to wear it out, or its tariff: he reads and changes everything, has the signed part of a true
/// release, and answers in the backend's place. Each check brings another patch, each answer an order; now and then the box is made to
/// reboot, or somebody presses its button.
/// </summary>
internal sealed class LineAttacker
{
    /// <summary>Each day another of so many ways.</summary>
    public const int Ways = 3;

    private const int DayMs = 86_400_000;
    private const int ButtonEveryMs = 2 * 3_600_000;
    private const int PressMs = 4_000;
    private const int OrdersAReboot = 12;
    private const int FirstCommandId = 2_000_000_001;
    private const int SmallChunks = 7;
    private const int WithdrawnChunks = 64;

    private readonly UpdateFleet _fleet;
    private readonly UpdateBox _box;
    private readonly SeededRandom _random;
    private readonly byte[] _signed;
    private readonly int _hugeBytes;
    private byte[] _patch = [];
    private byte[] _manifest = [];
    private bool _isDamaged;
    private int _withdrawnFrom = int.MaxValue;
    private bool _isGone;

    /// <summary>He is there from the first word on.</summary>
    /// <param name="fleet">Whose release he has heard of.</param>
    /// <param name="box">Whose line it is.</param>
    /// <param name="seed">What he draws from.</param>
    public LineAttacker(UpdateFleet fleet, UpdateBox box, long seed)
    {
        _fleet = fleet;
        _box = box;
        _random = SeededRandom.For(seed, "attacker");
        _signed = ReleaseManifest
            .Unsigned(
                JamBox.Atoms3.Program.HardwareId, TwinImage.NativeChecksum, fleet.Release.Sequence, fleet.Release.Version,
                fleet.NewImage.Length, SHA256.HashData(fleet.NewImage))
            .Sign(fleet.Key)
            .ToBytes();
        // Of each sector a chunk's room is its head's.
        _hugeBytes = box.Device.Parts.Chip.Patch.Length / SimulatedFlash.BytesASector
            * (SimulatedFlash.BytesASector - ReleaseManifest.ChunkLength);
        box.Bridge.Faults.Intercept = Answer;
        box.Bridge.Faults.Amend = Order;
        box.Clock.After(ButtonEveryMs, PressButton);
    }

    /// <summary>Offers that the box asked about further.</summary>
    public int Offers { get; private set; }

    /// <summary>Orders in answers.</summary>
    public int Orders { get; private set; }

    /// <summary>Long presses of the button.</summary>
    public int Presses { get; private set; }

    /// <summary>Leaves: from now on the backend answers.</summary>
    public void Leave()
    {
        _isGone = true;
        _box.Bridge.Faults.Intercept = null;
        _box.Bridge.Faults.Amend = null;
    }

    private static byte[] Respond(string status, string type, ReadOnlySpan<byte> body) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"HTTP/1.1 {status}\r\n{type}Content-Length: {body.Length}\r\n\r\n")),
        .. body,
    ];

    private static byte[] Json(string status, string body) =>
        Respond(status, "Content-Type: application/json\r\n", Encoding.ASCII.GetBytes(body));

    private static int Number(string target, string name)
    {
        int at = target.IndexOf(name + "=", StringComparison.Ordinal);
        string digits = at < 0 ? string.Empty : string.Concat(target[(at + name.Length + 1)..].TakeWhile(char.IsAsciiDigit));
        return int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : -1;
    }

    // CRC-16/CCITT-FALSE over index and chunk, bit by bit, as docs/wire.md has it.
    private static ushort Crc16(int index, ReadOnlySpan<byte> chunk)
    {
        int crc = 0xFFFF;
        byte[] all = [(byte)index, (byte)(index >> 8), .. chunk];
        foreach (byte value in all)
        {
            crc ^= value << 8;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
            }
        }

        return (ushort)crc;
    }

    private byte[]? Answer(ReadOnlyMemory<byte> request)
    {
        switch (HttpText.Route(request.Span))
        {
            case "POST /r":
                // Orders are easier given in JSON.
                return Json("404 Not Found", "{\"error\":\"no\"}");
            case "POST /api/ota/check":
                return Offer();
            case "GET /api/ota/manifest":
                return Respond("200 OK", string.Empty, _manifest);
            case ChunkAnswer.Route:
                return Chunks(Encoding.ASCII.GetString(request.Span[..request.Span.IndexOf(" HTTP"u8)]));
            case "POST /api/ota/complete":
                return Json("200 OK", "{\"status\":\"ok\"}");
            default:
                return null;
        }
    }

    private byte[] Offer()
    {
        Offers++;
        _withdrawnFrom = int.MaxValue;
        _isDamaged = false;
        bool isWrongHash = false;
        ReadOnlySpan<byte> baseHash = SHA256.HashData(_fleet.OldImage);
        switch (_box.Clock.NowMs / DayMs % Ways)
        {
            case 0:
                // As many bytes as there can be.
                _patch = Noise(_hugeBytes);
                baseHash = default;
                break;
            case 1:
                // As many erases as there can be: another patch each time, made as it should be, of another image.
                byte[] other = [.. _fleet.NewImage];
                _random.Fill(other.AsSpan(other.Length / 2, 16));
                _patch = PatchMaker.Make(_fleet.OldImage, other, PatchProfile.L);
                break;
            default:
                int kind = _random.Between(0, 3);
                bool isWithdrawn = kind == 3;
                _patch = Noise(_random.Between(1, isWithdrawn ? WithdrawnChunks : SmallChunks) * ReleaseManifest.ChunkLength);
                isWrongHash = kind == 1;
                _isDamaged = kind == 2;
                _withdrawnFrom = isWithdrawn ? _random.Between(1, WithdrawnChunks) : int.MaxValue;
                break;
        }

        byte[] hash = isWrongHash ? Noise(SHA256.HashSizeInBytes) : SHA256.HashData(_patch);
        _manifest = ReleaseManifest.ForPatch(_signed, 'L', _patch.Length, hash, baseHash);
        return Json("200 OK", string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"status\":\"ok\",\"update_available\":true,\"id\":{1_000_000 + Offers},\"target\":\"{_fleet.Release.Version}\",\"size\":{_patch.Length},\"chunks\":1}}"));
    }

    private byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        _random.Fill(noise);
        return noise;
    }

    private byte[] Chunks(string target)
    {
        int first = Number(target, "chunk");
        int count = Number(target, "count");
        if (first < 0 || count < 1 || first >= _withdrawnFrom || first * ReleaseManifest.ChunkLength >= _patch.Length)
        {
            return Json("404 Not Found", "{\"error\":\"no\"}");
        }

        using var body = new MemoryStream();
        Span<byte> crc = stackalloc byte[ChunkAnswer.CrcBytes];
        for (int index = first; index < first + count && index * ReleaseManifest.ChunkLength < _patch.Length; index++)
        {
            int at = index * ReleaseManifest.ChunkLength;
            ReadOnlySpan<byte> chunk = _patch.AsSpan(at, Math.Min(ReleaseManifest.ChunkLength, _patch.Length - at));
            BinaryPrimitives.WriteUInt16LittleEndian(crc, (ushort)(Crc16(index, chunk) ^ (_isDamaged ? 1 : 0)));
            body.Write(chunk);
            body.Write(crc);
        }

        return Respond("200 OK", string.Empty, body.ToArray());
    }

    // Into whatever the backend says to a reading or a heartbeat.
    private byte[] Order(byte[] request, byte[] response)
    {
        int start = HttpFraming.BodyStart(response);
        string route = HttpText.Route(request);
        if (route is not ("POST /api/reading" or "POST /api/heartbeat") || HttpText.Status(response) is < 200 or > 299)
        {
            return response;
        }

        Orders++;
        string body = Encoding.ASCII.GetString(response, start, response.Length - start).TrimEnd('}');
        string command = Orders % OrdersAReboot == 0 ? "reboot" : "ota_check";
        return HttpText.Response(
            Encoding.ASCII.GetString(response, 9, response.AsSpan().IndexOf("\r\n"u8) - 9),
            string.Create(CultureInfo.InvariantCulture, $"{body},\"command\":\"{command}\",\"cid\":{FirstCommandId + Orders}}}"),
            HttpFraming.ClosesAfter(response.AsSpan(0, start)));
    }

    private void PressButton()
    {
        if (_isGone)
        {
            return;
        }

        Presses++;
        _box.Device.Parts.Buttons.IsMainPressed = true;
        _box.Clock.After(PressMs, () => _box.Device.Parts.Buttons.IsMainPressed = false);
        _box.Clock.After(ButtonEveryMs, PressButton);
    }
}
