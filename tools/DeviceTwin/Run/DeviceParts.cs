using JamBox.App;
using JamBox.Boot;
using JamBox.Ports;
using JamBox.Twin.Modem;
using JamBox.Twin.Ota;
using JamBox.Twin.Radio;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>What a box is put together from: everything that is the same before and after a reboot.</summary>
internal sealed record DeviceParts
{
    /// <summary>The box's id.</summary>
    public required string DeviceId { get; init; }

    /// <summary>The clock of its world.</summary>
    public required VirtualClock Clock { get; init; }

    /// <summary>Its radio.</summary>
    public required TwinRadio Radio { get; init; }

    /// <summary>Its modem.</summary>
    public required ModemSimulator Modem { get; init; }

    /// <summary>What is on air.</summary>
    public required IScene Scene { get; init; }

    /// <summary>
    /// How fast its chip executes the firmware, IL instructions a second: so much virtual time passes while it counts. Boards are expected
    /// between 150,000 and 5,000,000 (docs/counting.md, "What it costs"); the usual one is the middle of that.
    /// </summary>
    public int IlASecond { get; init; } = UsualIlASecond;

    /// <summary>The usual <see cref="IlASecond"/>.</summary>
    public const int UsualIlASecond = 1_000_000;

    /// <summary>Its key-value store, provisioned.</summary>
    public required TwinStore Store { get; init; }

    /// <summary>Its flash.</summary>
    public required BoxFlash Chip { get; init; }

    /// <summary>Its flash for readings.</summary>
    public SimulatedFlash Flash => Chip.Log;

    /// <summary>What copies images before the firmware runs.</summary>
    public IBootCopies BootCopies { get; init; } = Boot.BootCopies.Best;

    /// <summary>
    /// What is wrong with an image on this box although it is not on others; <c>null</c> = only what is wrong with it everywhere.
    /// </summary>
    public Func<TwinFirmware, TwinBehaviour>? Behaves { get; init; }

    /// <summary>Whether it sends JSON in every boot, as to a backend that does not know the compact wire.</summary>
    public bool SendsJson { get; init; }

    /// <summary>Its power.</summary>
    public required PowerSwitch Power { get; init; }

    /// <summary>The random number generator of its chip.</summary>
    public required SeededRandom Random { get; init; }

    /// <summary>Where its log goes.</summary>
    public required TextWriter Log { get; init; }

    /// <summary>Its heap.</summary>
    public TwinHeap Heap { get; } = new();

    /// <summary>Its button.</summary>
    public TwinButtons Buttons { get; } = new();

    /// <summary>Whether people walk by from power-on and not only once the box's clock is set.</summary>
    public bool BeginsAtPowerOn { get; init; }

    /// <summary>Whether everything on air is added up, for the comparison at the end.</summary>
    public bool KeepsTruth { get; init; } = true;

    /// <summary>Makes flash, power and store of a box, provisioned, with an image in deploy.</summary>
    /// <param name="seed">How torn operations end.</param>
    /// <param name="settings">What provisioning writes.</param>
    /// <param name="sizes">Of the flash; <c>null</c> = as on the board.</param>
    /// <param name="image">What is flashed over serial; <c>null</c> = the firmware's own version as a twin image.</param>
    /// <returns>The three.</returns>
    public static (BoxFlash Chip, PowerSwitch Power, TwinStore Store) Memory(
        long seed, IEnumerable<(string Key, byte[] Value)> settings, FlashSizes? sizes = null, byte[]? image = null)
    {
        var power = new PowerSwitch();
        var chip = new BoxFlash(sizes ?? FlashSizes.Board, power, seed);
        chip.Flash(image ?? s_ownImage.Value);
        var store = new TwinStore(power, SeededRandom.For(seed, "store"));
        foreach ((string key, byte[] value) in settings)
        {
            store.Provision(key, value);
        }

        return (chip, power, store);
    }

    private static readonly Lazy<byte[]> s_ownImage = new(TwinImage.OfThisFirmware);
}

/// <summary>The modem's line as the firmware sees it, with a look at every byte that the firmware sends.</summary>
internal sealed class WatchedModem(IModemLink modem, FirmwareMeter meter) : IModemLink
{
    /// <summary>Told of every piece that is sent.</summary>
    public LeakProbe? Sent { get; set; }

    /// <summary>Whether nothing that is sent gets to the modem: an image that cannot send.</summary>
    public bool IsMute { get; set; }

    public int Read(byte[] buffer, int offset, int count)
    {
        // Nothing in it allocates: a read every few milliseconds is not worth the pause.
        return modem.Read(buffer, offset, count);
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        meter.Pause();
        Sent?.Invoke(buffer.AsSpan(offset, count));
        if (!IsMute)
        {
            modem.Write(buffer, offset, count);
        }

        meter.Resume();
    }

    public bool HardwareReset()
    {
        meter.Pause();
        bool isDone = modem.HardwareReset();
        meter.Resume();
        return isDone;
    }
}

/// <summary>Somebody who looks on while a box lives.</summary>
internal interface IBoxWatch
{
    /// <summary>The box has booted and is about to start.</summary>
    /// <param name="box">The firmware, new at each boot.</param>
    void Booted(Box box);

    /// <summary>The box is about to sleep: nothing moves but time until it wakes.</summary>
    /// <param name="isLast">It is not: it has just died, perhaps in the middle of something.</param>
    void Look(bool isLast);

    /// <summary>A reading was closed since the last look.</summary>
    /// <param name="fields">Its fields.</param>
    void Closed(ReadOnlySpan<int> fields);

    /// <summary>The box is about to fetch what the radio has heard: what it counted, booked and closed is out of what it fetched before.
    /// </summary>
    void Fetching()
    {
    }

    /// <summary>It has fetched records, oldest first.</summary>
    /// <param name="probes">Of probe requests.</param>
    /// <param name="adverts">Of advertisements.</param>
    void Fetched(int probes, int adverts)
    {
    }

    /// <summary>The box has died and will boot again.</summary>
    /// <param name="death">Of what.</param>
    void Died(BoxDiedException death);
}
