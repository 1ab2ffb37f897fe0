using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// What the steps of an update share. A reference to each of these in each of them would cost more than some of their buffers.
/// </summary>
public sealed class UpdateContext
{
    // The longest: /api/ota/chunk?id=2147483647&chunk=2047&count=8, or a state with its reason, which may have 40.
    private const int TextCapacity = 48;

    /// <param name="slots">The flash and the boot record.</param>
    /// <param name="crypto">Hashes and signatures.</param>
    /// <param name="hardwareId">The board, ASCII.</param>
    /// <param name="sequence">The place of the running image among the releases, as its source says.</param>
    /// <param name="store">State, offer, own release, floor; and the public keys.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="restart">Reboots.</param>
    /// <param name="deviceId">Who the box is, ASCII.</param>
    /// <param name="heap">Hears of the blocks that an update needs; <c>null</c> for none.</param>
    public UpdateContext(
        IFirmwareSlots slots,
        ICryptography crypto,
        byte[] hardwareId,
        int sequence,
        IKeyValueStore store,
        IClock clock,
        ISystem system,
        IRestart restart,
        byte[] deviceId,
        IHeap heap = null)
    {
        Slots = slots;
        Crypto = crypto;
        Clock = clock;
        System = system;
        Restart = restart;
        DeviceId = deviceId;
        Heap = heap;
        HardwareId = hardwareId;
        Text = new ByteWriter(new byte[TextCapacity]);
        Digest = new byte[Hash.Size];
        Offer = new StoredOffer(store);
        State = new UpdateState(store);
        Image = new RunningImage(slots.Deploy, crypto);
        Limits = new UpdateLimits(store);
        Patch = new PatchStore(slots.Patch, Limits);
        Own = new OwnRelease(store, Image, sequence);
        Keys = new TrustedKeys(store, crypto);
        Floor = new FleetFloor(store);
        Check = new ManifestCheck(this);
    }

    /// <summary>Gets the flash and the boot record.</summary>
    public IFirmwareSlots Slots { get; }

    /// <summary>
    /// Gets hashes and signatures. One hash can be under way: the running image's, then the patch's, then the new image's.
    /// </summary>
    public ICryptography Crypto { get; }

    /// <summary>Gets uptime.</summary>
    public IClock Clock { get; }

    /// <summary>Gets the log.</summary>
    public ISystem System { get; }

    /// <summary>Gets what reboots.</summary>
    public IRestart Restart { get; }

    /// <summary>Gets who the box is, ASCII.</summary>
    public byte[] DeviceId { get; }

    /// <summary>Gets the board, ASCII.</summary>
    public byte[] HardwareId { get; }

    /// <summary>Gets where a path, or the state's text, is written; of use until it is needed for the other.</summary>
    public ByteWriter Text { get; }

    /// <summary>Gets room for a SHA-256; of use until the next one is made.</summary>
    public byte[] Digest { get; }

    /// <summary>Gets what hears of the blocks that an update needs; <c>null</c> for none.</summary>
    public IHeap Heap { get; }

    /// <summary>Gets the stored offer.</summary>
    public StoredOffer Offer { get; }

    /// <summary>Gets the stored state.</summary>
    public UpdateState State { get; }

    /// <summary>Gets what runs.</summary>
    public RunningImage Image { get; }

    /// <summary>Gets what updates may cost in a day.</summary>
    public UpdateLimits Limits { get; }

    /// <summary>Gets the patch.</summary>
    public PatchStore Patch { get; }

    /// <summary>Gets the place of what runs among the releases.</summary>
    public OwnRelease Own { get; }

    /// <summary>Gets the keys of releases that are trusted.</summary>
    public TrustedKeys Keys { get; }

    /// <summary>Gets the sequence below which nothing is taken.</summary>
    public FleetFloor Floor { get; }

    /// <summary>Gets what checks manifests.</summary>
    public ManifestCheck Check { get; }

    /// <summary>Gets the bytes of all buffers that are kept between updates, as on the board.</summary>
    public int TableBytes => (2 * Hash.Size) + TextCapacity + UpdateState.TableBytes + UpdateLimits.TableBytes;

    /// <summary>Writes a line about the update to the log.</summary>
    /// <param name="line">The line.</param>
    public void Log(string line)
    {
        System.Log("update: " + line);
    }

    /// <summary>Writes a line about the update to the log.</summary>
    /// <param name="line">The line.</param>
    /// <param name="reason">Its last word.</param>
    public void Log(string line, OtaReason reason)
    {
        Log(line + OtaWords.Of(reason));
    }
}
