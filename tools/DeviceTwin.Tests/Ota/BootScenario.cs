using System.Buffers.Binary;
using System.Security.Cryptography;
using JamBox.Board;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Ota;

/// <summary>
/// A life of a flash, drawn from a seed: boots, installations right and wrong, confirmations, ways back, losses of power in any operation,
/// damage, forged records, flash that refuses or keeps nothing. The same seed is the same life, whoever the boot copies are.
/// </summary>
internal sealed class BootScenario
{
    private const int Actions = 14;

    // Eight sectors: enough for journals to matter, few enough for thousands of lives.
    private static readonly FlashSizes s_sizes = new(
        8 * SimulatedFlash.BytesASector, SimulatedFlash.BytesASector, SimulatedFlash.BytesASector);

    private readonly IBootCopies _copies;
    private readonly SeededRandom _random;
    private readonly PowerSwitch _power = new();
    private readonly BoxFlash _chip;
    private readonly TracedFlash _flash;
    private byte[] _old;
    private byte[] _new;
    private int _badBootSector = -1;
    private SectorFaults _badBoot;

    public BootScenario(IBootCopies copies, long seed)
    {
        _copies = copies;
        _random = SeededRandom.For(seed, "life");
        _chip = new BoxFlash(s_sizes, _power, seed);
        _flash = new TracedFlash(_chip, SeededRandom.For(seed, "refusals"));
        _old = Image();
        _new = _random.Chance(0.5) ? Assemblies() : Image();
        _chip.Flash(_old);
        _chip.Stage.Put(0, _new);
    }

    /// <summary>Every operation on the flash, and how every call ended.</summary>
    public List<string> Trace => _flash.Trace;

    /// <summary>What is in the flash.</summary>
    public byte[] Content => [.. _chip.All.SelectMany(flash => flash.Content)];

    /// <summary>States that were seen.</summary>
    public HashSet<BootState> Seen { get; } = [];

    /// <summary>Losses of power.</summary>
    public int PowerLosses { get; private set; }

    /// <summary>Lives it.</summary>
    public void Live()
    {
        // In every third life a sector of the boot region is bad for good, in some later ones another one for a while.
        if (_random.Chance(0.33))
        {
            _badBootSector = _random.Between(0, 3);
            _badBoot = (SectorFaults)_random.Between(1, 15);
        }

        if (_random.Chance(0.8))
        {
            Call("install", Install);
        }

        for (int i = 0; i < Actions; i++)
        {
            Act();
            if (_copies.Read(_chip, out BootEntry entry) == BootResult.Ok)
            {
                Seen.Add(entry.State);
            }
        }
    }

    private void Act()
    {
        _flash.Refusals = _random.Chance(0.1) ? 0.01 : 0;
        _chip.Deploy.Mend();
        if (_random.Chance(0.1))
        {
            _chip.Deploy.Break(_random.Between(0, 7), (SectorFaults)_random.Between(1, 15), times: _random.Between(1, 80));
        }

        _chip.Boot.Mend();
        if (_badBootSector >= 0)
        {
            _chip.Boot.Break(_badBootSector, _badBoot);
        }

        if (_random.Chance(0.1))
        {
            _chip.Boot.Break(_random.Between(0, 3), (SectorFaults)_random.Between(1, 15), times: _random.Between(1, 20));
        }

        _power.Tear = (TearKind)_random.Between(0, 4);
        if (_random.Chance(0.5))
        {
            _power.CutIn(_random.Between(1, _random.Chance(0.5) ? 20 : 500));
        }

        switch (_random.Between(-1, 19))
        {
            case -1:
                FlashOverSerial();
                break;
            case 0:
                Stage();
                break;
            case 1:
                Damage();
                break;
            case 2:
                Forge();
                break;
            case < 5:
                Call("install", Install);
                break;
            case 5:
                Call("confirm", () => _copies.Confirm(_flash));
                break;
            case 6:
                Call("roll back", () => _copies.RollBack(_flash, (BootReason)_random.Between(0, 9)));
                break;
            default:
                Call("boot", () => _copies.Run(_flash));
                break;
        }

        _power.Restore();
    }

    private void Call(string what, Func<BootResult> call)
    {
        Trace.Add(what);
        try
        {
            Trace.Add(call().ToString());
        }
        catch (BoxDiedException death)
        {
            PowerLosses++;
            Trace.Add(death.Message);
        }
    }

    private BootResult Install()
    {
        bool isWrong = _random.Chance(0.15);
        byte[] newHash = SHA256.HashData(isWrong && _random.Chance(0.5) ? _old : _new);
        byte[] oldHash = SHA256.HashData(isWrong && _random.Chance(0.5) ? _new : _old);
        uint newLength = isWrong && _random.Chance(0.3) ? (uint)_random.Between(-1, 40_000) : (uint)_new.Length;
        return _copies.Install(_flash, newLength, newHash, (uint)_old.Length, oldHash);
    }

    private byte[] Image()
    {
        var image = new byte[_random.Between(1, s_sizes.Image)];
        _random.Fill(image);
        if (_random.Chance(0.3))
        {
            image.AsSpan(image.Length / 2).Fill(0xFF);
        }

        return image;
    }

    // The backend has a new one, and what runs is the base.
    private void Stage()
    {
        if (_copies.Read(_chip, out BootEntry entry) == BootResult.Ok && entry.NewLength is > 0 and <= 8 * SimulatedFlash.BytesASector)
        {
            _old = entry.State == BootState.Confirmed ? _new : _old;
        }

        _new = Image();
        _chip.Stage.Put(0, _new);
    }

    // Assemblies, as somebody at a bench has them: whole, cut off, or the beginning of the one in stage. Behind them all goes on.
    private void FlashOverSerial()
    {
        byte[] image = Assemblies();
        int sectors = (image.Length + SimulatedFlash.BytesASector - 1) / SimulatedFlash.BytesASector;
        _chip.Deploy.Put(0, Enumerable.Repeat((byte)0xFF, sectors * SimulatedFlash.BytesASector).ToArray());
        _chip.Deploy.Put(0, _random.Chance(0.2) ? image.AsSpan(0, image.Length / 2) : image);
        if (_random.Chance(0.3))
        {
            _chip.Stage.Put(0, image);
        }
    }

    private byte[] Assemblies()
    {
        using var image = new MemoryStream();
        for (int left = _random.Between(1, 4); left > 0; left--)
        {
            var assembly = new byte[_random.Chance(0.2) ? SimulatedFlash.BytesASector : _random.Between(124, 7000)];
            _random.Fill(assembly);
            "NFMRK1\0\0"u8.CopyTo(assembly);
            assembly[38] = 1;
            assembly[39] = 0;
            BinaryPrimitives.WriteInt32LittleEndian(assembly.AsSpan(100), assembly.Length);
            PeHeader.Seal(assembly);
            image.Write(assembly);
            image.SetLength((image.Length + 3) / 4 * 4);
            image.Position = image.Length;
        }

        return image.ToArray();
    }

    private void Damage()
    {
        SimulatedFlash flash = _chip.All.ElementAt(_random.Between(1, 5));
        var bytes = new byte[_random.Between(1, 8)];
        _random.Fill(bytes);
        if (_random.Chance(0.4))
        {
            // A mark of a journal, which is the rarest thing that matters.
            int mark = (3 * SimulatedFlash.BytesASector) + (_random.Between(0, 1) * SimulatedFlash.BytesASector / 2) + (
                _random.Between(0, 7) * 4);
            _chip.Boot.Put(mark, bytes.AsSpan(0, Math.Min(bytes.Length, 4)));
            return;
        }

        flash.Put(_random.Between(0, flash.Length - bytes.Length), bytes);
    }

    private void Forge()
    {
        var bytes = new byte[BootRecords.RecordBytes];
        var entry = new BootEntry
        {
            Sequence = (uint)_random.Between(-3, 12),
            State = (BootState)_random.Between(0, 11),
            Reason = (BootReason)_random.Between(0, 10),
            TrialBoots = (byte)_random.Between(0, 5),
            NewLength = _random.Chance(0.3) ? (uint)_random.Between(int.MinValue, int.MaxValue) : (uint)_new.Length,
            OldLength = _random.Chance(0.3) ? (uint)_random.Between(-2, 40_000) : (uint)_old.Length,
            NewHash = SHA256.HashData(_new),
            OldHash = SHA256.HashData(_old),
        };
        BootRecords.Encode(entry, bytes);
        _chip.Boot.Put(_random.Between(0, 2) * SimulatedFlash.BytesASector, bytes);
    }
}
