using JamBox.App;
using JamBox.Ota;
using JamBox.Tests.App;

namespace JamBox.Tests.Ota;

/// <summary>A box that runs release 100, and a backend that can have release 101 for it.</summary>
internal sealed class OtaBench
{
    /// <summary>Native checksum of everything here.</summary>
    public const int Native = 0x5EED1234;

    /// <summary>The release that runs first.</summary>
    public const int OldSequence = 100;

    /// <summary>The release that is offered.</summary>
    public const int NewSequence = 101;

    private const int MaxBoots = 12;

    public OtaBench(int size = 1000)
    {
        for (int i = 0; i < Key.Length; i++)
        {
            Key[i] = (byte)((i * 7) + 1);
        }

        Size = size;
        Box = new BoxBench();
        Box.Store.Set(TrustedKeys.FirstKey, Key, Key.Length);
        Slots = new FakeSlots(Power, OldImage);
        Box.Slots = Slots;
        Server = new FakeOtaServer();
        Box.Server.Update = Server;
    }

    public byte[] Key { get; } = new byte[64];

    public int Size { get; }

    /// <summary>The image that runs first. Made whenever it is asked for: kept, it would be one more beside those in the slots.</summary>
    public byte[] OldImage => TestImage.Make(OldSequence, Size, Native);

    public PowerCut Power { get; } = new PowerCut();

    public FakeSlots Slots { get; }

    public FakeOtaServer Server { get; }

    public BoxBench Box { get; }

    public Updater Updater => Box.Box.Updater;

    /// <summary>The release that the running image is.</summary>
    public int Running => Slots.Firmware.Sequence;

    /// <summary>What a heartbeat would say now.</summary>
    public string StateText
    {
        get
        {
            JamBox.Text.ByteWriter text = Updater.StateText();
            return System.Text.Encoding.UTF8.GetString(text.Buffer, 0, text.Length);
        }
    }

    /// <summary>Makes the new release, and offers it.</summary>
    /// <param name="isFull">Whether as a full image.</param>
    /// <returns>The release.</returns>
    public TestRelease Offer(bool isFull = false)
    {
        byte[] image = TestImage.Make(NewSequence, Size, Native);
        Server.Release = new TestRelease(Key, image, NewSequence, isFull ? null : OldImage, Native);
        return Server.Release;
    }

    /// <summary>Offers a release that the box refuses for good by its manifest: it is signed for another board.</summary>
    public void OfferRefused()
    {
        Offer().SignForAnotherBoard();
    }

    /// <summary>Power comes; the box runs until it has done what it can, with the boots that it orders.</summary>
    /// <param name="ms">How long, ms.</param>
    public void Live(long ms)
    {
        if (Box.Box == null)
        {
            Box.Boot();
        }

        long left = ms;
        for (int boots = 0; left > 0 && boots < MaxBoots; boots++)
        {
            long begin = Box.Clock.UptimeMs;
            Box.Run(left);
            left -= Box.Clock.UptimeMs - begin;
            if (!Box.Box.IsRebooting)
            {
                return;
            }

            Box.Boot();
        }
    }

    /// <summary>A reading is closed and sent: what a trial waits for.</summary>
    public void SendReading()
    {
        Box.Box.Recorder.CloseNow(Box.Clock.UptimeMs);
        Box.Box.Uplink.TryNow();
        Live(3000);
    }

    /// <summary>One chunk, and then a backend that has trouble.</summary>
    public void FetchOne()
    {
        Server.ChunksUntilTrouble = 1;
        Live(7000);
        nanoFramework.TestFramework.Assert.AreEqual("0,", Server.Chunks);
    }

    /// <summary>From nothing to the trial.</summary>
    public void LiveToTrial()
    {
        Offer();
        Live(15000);
        nanoFramework.TestFramework.Assert.IsTrue(Updater.State == OtaState.Trial, StateText);
    }
}
