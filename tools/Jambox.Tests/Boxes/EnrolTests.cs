using System.Text.Json;
using JamBox.Bench.Boxes;
using JamBox.Bench.CommandLine;
using JamBox.ChipTwin;
using JamBox.Twin.Chip;
using JamBox.Twin.Modem;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>A carton of boards, broken off and gone on with.</summary>
public sealed class EnrolTests : BoxTest
{
    private const ulong FirstMac = 0xF412_FA00_0100;

    private string State => FileOf("enrolment.json");

    [Fact]
    public async Task ACartonOfBoardsBecomesBoxes()
    {
        Boards(3);
        string said = await RunAsync("box", "enroll", "--count", "3", "--port", "twin", "--provision", "--labels", FileOf("carton.pdf"));
        Assert.Contains("3 of 3 boxes are done", said, StringComparison.Ordinal);
        Assert.StartsWith("%PDF", await File.ReadAllTextAsync(FileOf("carton.pdf")), StringComparison.Ordinal);
        Assert.False(File.Exists(State));
        Assert.Equal(["provisioned", "provisioned", "provisioned"], await StatesAsync());
        Assert.Equal(3, Log.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        foreach (string token in Terminal.Twins.Select(TokenIn))
        {
            Assert.DoesNotContain(token, EverythingWritten(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WhereNothingCanBeKeptNoBatchIsMade()
    {
        string file = FileOf("no-folder");
        await File.WriteAllTextAsync(file, "a file where a folder should be");
        Terminal.Environment["JAMBOX_BENCH"] = file;
        await FailsAsync(ExitCode.BadInput, "cannot be written", "box", "enroll", "--port", "twin");
        string batches = await Backend.Admin.GetStringAsync(new Uri("/api/manufacturing/batches", UriKind.Relative));
        Assert.Equal("[]", batches);
    }

    [Fact]
    public async Task BrokenOffItGoesOnWithTheBoxThatWasBegun()
    {
        // The second board hears no network; nobody is there to be asked.
        Boards(2);
        int boards = 0;
        Terminal.WorldOf = () => ++boards == 2 ? Deaf : new ChipFirmwareOptions();
        await FailsAsync(
            ExitCode.BoxFailed, "The same command goes on from here", "box", "enroll", "--count", "3", "--port", "twin", "--wait", "5");
        Assert.Equal(["provisioned", "flashed", "manufactured"], await StatesAsync());
        string before = await File.ReadAllTextAsync(State);
        Assert.DoesNotContain(TokenIn(Terminal.Twins[1]), before, StringComparison.Ordinal);

        await FailsAsync(ExitCode.BadInput, "is under way, 1 of them done", "box", "enroll", "--count", "5", "--port", "twin");
        Terminal.WorldOf = null;
        Terminal.Chips.Enqueue(Board(1));
        Terminal.Chips.Enqueue(Board(0));
        Terminal.Chips.Enqueue(Board(2));
        await RunAsync("box", "enroll", "--port", "twin", "--labels", FileOf("carton.pdf"));
        Assert.Equal(["provisioned", "provisioned", "provisioned"], await StatesAsync());
        Assert.False(File.Exists(State));

        // The board that was done is recognised, and becomes no other box; the one that was begun stays who it was.
        Assert.Equal(5, Terminal.Twins.Count);
        Assert.Equal(IdOf(Terminal.Twins[1]), IdOf(Terminal.Twins[2]));
        Assert.Contains("that box is done already", Terminal.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABoxIsSetAsideAndTakenUpLater()
    {
        Boards(2);
        int boards = 0;
        Terminal.WorldOf = () => ++boards == 1 ? Deaf : new ChipFirmwareOptions();
        Terminal.Choices.Enqueue("Set it aside");
        Terminal.Clear();
        string[] command = ["box", "enroll", "--count", "2", "--port", "twin", "--wait", "5", "--labels", FileOf("carton.pdf")];
        Assert.Equal(ExitCode.BoxFailed, await Terminal.RunAsync(command));
        Assert.Contains("1 of 2 boxes are done", Terminal.Output, StringComparison.Ordinal);
        Assert.Contains("was set aside: ", Terminal.Output, StringComparison.Ordinal);
        Assert.Contains("2 of 2 boxes are done", await RunAsync(command), StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheSameSimulatedBoxIsNotTakenForEver()
    {
        for (int i = 0; i < 6; i++)
        {
            Terminal.Chips.Enqueue(Board(0));
        }

        string port = $"twin:{FileOf("box.flash")}";
        await FailsAsync(
            ExitCode.BadInput, "is the same simulated box each time", "box", "enroll", "--count", "2", "--port", port);
        Assert.Equal(["provisioned", "manufactured"], await StatesAsync());
    }

    [Fact]
    public async Task ResultsForProgramsAreALineEach()
    {
        Boards(2);
        string said = await RunAsync(
            "box", "enroll", "--count", "2", "--port", "twin", "--labels", FileOf("carton.pdf"), "--json");
        JsonElement[] lines = [.. said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => JsonElement.Parse(line))];
        Assert.Equal(3, lines.Length);
        Assert.Equal("f4:12:fa:00:01:00", lines[0].GetProperty("mac").GetString());
        Assert.Equal("provisioned", lines[1].GetProperty("status").GetString());
        Assert.Equal(2, lines[2].GetProperty("done").GetInt32());
    }

    [Fact]
    public async Task AStateThatCannotBeReadIsNoReasonToLoseIt()
    {
        await File.WriteAllTextAsync(State, "{ \"batch\": ");
        await FailsAsync(ExitCode.BadInput, "--new begins another", "box", "enroll", "--count", "1", "--port", "twin");
        Assert.Equal("{ \"batch\": ", await File.ReadAllTextAsync(State));
    }

    /// <summary>A file of the bench that something has gone over: it is read as it was, or refused with its name.</summary>
    [Fact]
    public async Task AnyStateIsReadOrRefused()
    {
        const int Seed = 11;
        var enrolment = new Enrolment
        {
            Server = Backend.Address, Batch = 1,
            Boxes = [new EnrolledBox { Serial = "JB-26A18-NB02R-X7KQA", DeviceId = "JBNB0001", Mac = "f4:12:fa:00:00:01" }],
        };
        enrolment.Save(Folder);
        byte[] good = await File.ReadAllBytesAsync(State);
        Assert.Equal("JBNB0001", Enrolment.Load(Folder)!.BoxFor("f4:12:fa:00:00:01", new HashSet<EnrolledBox>())!.DeviceId);
        Random random = new(Seed);
        for (int round = 0; round < 500; round++)
        {
            byte[] bytes = [.. good];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            await File.WriteAllBytesAsync(State, bytes[..random.Next(bytes.Length + 1)]);
            try
            {
                Assert.True(Enrolment.Load(Folder)!.Boxes.Count > 0, $"seed {Seed}, round {round}");
            }
            catch (BenchException e)
            {
                Assert.Contains(State, e.Message, StringComparison.Ordinal);
            }
        }
    }

    private static ChipFirmwareOptions Deaf =>
        new() { Modem = new ModemOptions { Registration = RegistrationOutcome.Denied } };

    private static ChipOptions Board(uint number) => new() { Mac = FirstMac + number };

    private static string IdOf(Bench.Boxes.Ports.TwinLine box) =>
        IdentityIn(box).Find(Ota.Nvs.IdentityImage.Namespace, "device_id")!.Text;

    private void Boards(uint count)
    {
        for (uint i = 0; i < count; i++)
        {
            Terminal.Chips.Enqueue(Board(i));
        }
    }

    private async Task<IEnumerable<string?>> StatesAsync()
    {
        string text = await Backend.Admin.GetStringAsync(new Uri("/api/manufacturing/devices", UriKind.Relative));
        return JsonElement.Parse(text).EnumerateArray().Select(static device => device.GetProperty("status").GetString()).Reverse();
    }
}
