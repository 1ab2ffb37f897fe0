using System.CommandLine;
using System.Globalization;
using System.Net;
using JamBox.App;
using JamBox.CommandLine;
using JamBox.Provisioning;
using JamBox.Twin.Captures;
using JamBox.Twin.Faults;
using JamBox.Twin.Ota;
using JamBox.Twin.Ota.Demo;
using JamBox.Twin.Radio;
using JamBox.Twin.Soak;
using JamBox.Twin.Things;
using Spectre.Console;

namespace JamBox.Twin.Run;

/// <summary>The options, and what each of them may be. Bad input ends with one clear line and exit code 2.</summary>
internal static class CommandLineInterface
{
    private const int Failed = 1;
    private const int BadInput = 2;

    // Whatever a run does at its end takes seconds.
    private static readonly TimeSpan s_endsWithin = TimeSpan.FromSeconds(30);

    private static readonly Option<double> s_hours = new("--hours")
    {
        Description = "Virtual hours for which people walk by, 0.01 to 8784.",
        DefaultValueFactory = _ => 24,
    };
    private static readonly Option<long> s_seed = new("--seed")
    {
        Description = "The same seed gives the same run, byte by byte.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<double> s_crowd = new("--crowd")
    {
        Description = "People per hour, averaged over the day, 0 to 5000.",
        DefaultValueFactory = _ => 60,
    };
    private static readonly Option<int> s_devices = new("--devices")
    {
        Description = "How many boxes run side by side, 1 to 100.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<string> s_speed = new("--speed")
    {
        Description = "'max', or a factor of real time such as 60.",
        DefaultValueFactory = _ => "max",
    };
    private static readonly Option<string[]> s_captures = new("--capture")
    {
        Description =
            "Replay this capture (pcap or pcapng, gzip or not: 802.11 bare or behind radiotap, PPI, Prism or AVS; Bluetooth LE bare, with RF header or of Nordic's sniffer) instead of the crowd, on its own time line. May be given several times.",
    };
    private static readonly Option<string?> s_radio = new("--radio")
    {
        Description =
            "'all': the box hears every frame (default of a capture). 'real': only on the channel and in the time slice it listens to (default of the crowd).",
    };
    private static readonly Option<string?> s_backend = new("--backend")
    {
        Description =
            "Use this backend (http://host:port) instead of hosting one. Everything then runs in real time, for --hours and until the reading that is open then is stored.",
    };
    private static readonly Option<string?> s_token = new("--token") { Description = "The box's token for --backend." };
    private static readonly Option<string> s_device = new("--device")
    {
        Description = "The box's id for --backend.",
        DefaultValueFactory = _ => "JBNB0001",
    };
    private static readonly Option<string> s_wire = new("--wire")
    {
        Description = "'compact' (POST /r in CBOR, as boxes do), or 'json', as they do with a backend that does not know it.",
        DefaultValueFactory = _ => "compact",
    };
    private static readonly Option<string?> s_transcript = new("--transcript")
    {
        Description = "Write every AT byte with its virtual time to this file, the token masked.",
    };
    private static readonly Option<string?> s_keep = new("--keep")
    {
        Description = "Keep database and logs in this folder, one run at a time.",
    };
    private static readonly Option<string?> s_summary = new("--summary") { Description = "Write the summary to this file as JSON." };
    private static readonly Option<bool> s_board = new("--board")
    {
        Description =
            "Run the board's own program and adapters, unmodified, on stand-ins of the hardware: real time, a reading each minute. --hours says how long (0.17 is ten minutes).",
    };
    private static readonly Option<bool> s_serve = new("--serve")
    {
        Description = "Go on serving the page after the summary, until Ctrl+C.",
    };

    private static readonly Option<string?> s_faults = new("--faults")
    {
        Description =
            $"What goes wrong, drawn from the seed: one of {string.Join(", ", FaultTable.ProfileNames)}, or a file with lines 'name = times a virtual day' ('#' begins a comment, 'profile = name' takes over a named one). Default: none; with --soak: all, in a mix drawn per seed. --list-faults explains every name.",
    };
    private static readonly Option<bool> s_listFaults = new("--list-faults")
    {
        Description = "Explain the profiles and the kinds of faults, and end.",
    };
    private static readonly Option<int?> s_soak = new("--soak")
    {
        Description =
            "Run so many seeded worlds, 1 to 1000000, each with one box, a backend of its own and --hours, as many at a time as there are cores, and check all invariants after each. --seed is the first seed.",
    };
    private static readonly Option<long?> s_soakSeed = new("--soak-seed")
    {
        Description = "Run the one world of this seed again, as --soak did.",
    };
    private static readonly Option<int?> s_powerLossAt = new("--power-loss-at")
    {
        Description = "Cut the power in the middle of the n-th operation on flash or key-value store (over all boots, from 1), as well.",
    };

    private static readonly Option<bool> s_ota = new("--ota")
    {
        Description =
            "Show a whole update over the air live: release, patch, canary of 3 boxes, the rest, done; one box has a bad power supply, on one the new image hangs and rolls back. With --seed, --boxes, --keep.",
    };
    private static readonly Option<int> s_boxes = new("--boxes")
    {
        Description = $"With --ota: how many boxes, {DemoOptions.FewestBoxes} to {DemoOptions.MostBoxes}.",
        DefaultValueFactory = _ => new DemoOptions().Boxes,
    };
    private static readonly Option<bool> s_otaPowerLoss = new("--ota-power-loss")
    {
        Description =
            "Let power go in every operation on flash and store of a whole update, in four kinds of damage each; every point is a life of its own. With --every, --pairs, --seed.",
    };
    private static readonly Option<string?> s_otaPowerLossAt = new("--ota-power-loss-at")
    {
        Description =
            "One such life again: losses such as 120:half or 120:half,7:all (operation, counted from the loss before, and what it leaves: nothing, half, all, wild or any). With --seed, --keep.",
    };
    private static readonly Option<int> s_every = new("--every")
    {
        Description = "With --ota-power-loss: only every so-many-th point, 1 to 100000.",
        DefaultValueFactory = _ => 1,
    };
    private static readonly Option<int> s_pairs = new("--pairs")
    {
        Description = "With --ota-power-loss: so many pairs as well, drawn by seed: power goes again while the box recovers, 0 to 1000000.",
        DefaultValueFactory = _ => 0,
    };

    private static readonly Option<int?> s_otaSoak = new("--ota-soak")
    {
        Description =
            "Run so many updates, each in a world of its own in which everything goes wrong for an hour, 1 to 1000000, and check all invariants. --seed is the first seed; with --faults, --keep.",
    };
    private static readonly Option<int?> s_otaAttack = new("--ota-attack")
    {
        Description =
            $"Let somebody on the line of a box offer, order and withdraw updates for so many virtual days, 1 to {UpdateAttackOptions.MostDays}; first a box with a key for answers, then one without. Prints what it cost. With --seed, --keep.",
    };
    private static readonly Option<string> s_release = new("--release")
    {
        Description = "With --ota-power-loss: what is wrong with the new image: sound, hangs, or cannotsend.",
        DefaultValueFactory = _ => "sound",
    };
    private static readonly Option<bool> s_changeKeys = new("--change-keys")
    {
        Description = "With --ota-power-loss: the box also takes another key of releases and a floor on the way.",
    };

    private static readonly Option<bool> s_provisioning = new("--provisioning")
    {
        Description =
            "Run the provisioning firmware on a box from the factory; its serial port is shown. With --seed, --faults and --transcript. Exit code 0 = provisioned.",
    };

    private static readonly Option<string?> s_demo = new("--demo")
    {
        Description =
            $"Write {DemoRecording.Days} days of the crowd, as a box counts them and as it was, to this file (csv.gz): the data of the backend's virtual box, Backend.Minimal/Demo/crowd.csv.gz.",
    };

    private static readonly Option<int?> s_things = new("--things")
    {
        Description =
            $"Let so many things live at a backend, {ThingsOptions.Fewest} to {ThingsOptions.Most}: the sample of tools/samples/Thing.Esp32 as sensors, clocks, bells and a gateway. With --hours (2 unless said), --seed, --keep; with --serve they live on in real time until Ctrl+C.",
    };

    private static readonly Option<string?> s_mqtt = new("--mqtt")
    {
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "HOST:PORT",
        Description =
            "With --things: they talk MQTT, through the broker inside the backend, or with HOST:PORT through an outside one, such as a mosquitto, of which the backend is a client then.",
    };

    private static readonly CommandModes s_modes = new(
        [
            new([s_listFaults], []),
            new([s_demo], []),
            new([s_things], [s_seed, s_hours, s_keep, s_serve, s_mqtt]),
            new([s_ota], [s_seed, s_boxes, s_keep]),
            new([s_provisioning], [s_seed, s_faults, s_transcript]),
            new([s_otaPowerLoss, s_otaPowerLossAt], [s_seed, s_every, s_pairs, s_release, s_changeKeys, s_keep]),
            new([s_otaSoak], [s_seed, s_faults, s_keep]),
            new([s_otaAttack], [s_seed, s_keep]),
            new(
                [s_soak, s_soakSeed], [s_seed, s_faults, s_hours, s_powerLossAt, s_keep, s_transcript, s_summary],
                ": a world follows from its seed"),
            new(
                [s_board], [s_seed, s_hours, s_crowd, s_keep, s_transcript],
                ": it runs in real time, with the crowd and a backend of its own"),
            new(
                [s_backend], [s_token, s_device, s_seed, s_hours, s_crowd, s_speed, s_radio, s_wire, s_keep, s_transcript, s_summary],
                ": that world is not the twin's to shape"),
            new(
                [s_captures], [s_seed, s_devices, s_speed, s_radio, s_wire, s_keep, s_transcript, s_summary, s_serve],
                ": a capture has people and a time line of its own"),
        ],
        [s_seed, s_hours, s_crowd, s_devices, s_speed, s_radio, s_wire, s_faults, s_powerLossAt, s_keep, s_transcript, s_summary, s_serve]);

    /// <summary>Parses and runs.</summary>
    /// <param name="args">The command line.</param>
    /// <returns>0 every reading that was closed is in the database once · 1 not so · 2 bad input.</returns>
    public static async Task<int> InvokeAsync(string[] args)
    {
        var command = new RootCommand(
            "Device twin: runs the firmware of a JamBox NB on this PC, in virtual time, from radio frames to the database.")
        {
            s_hours, s_seed, s_crowd, s_devices, s_speed, s_captures, s_radio, s_backend, s_token, s_device, s_wire, s_transcript, s_keep,
            s_summary, s_board, s_serve,
            s_faults, s_listFaults, s_soak, s_soakSeed, s_powerLossAt, s_ota, s_boxes, s_otaPowerLoss, s_otaPowerLossAt, s_every, s_pairs,
            s_release, s_changeKeys, s_otaSoak, s_otaAttack, s_provisioning, s_demo, s_things, s_mqtt,
        };
        using var interruption = new Interruption(s_endsWithin);
        command.SetAction((parsed, _) => RunAsync(parsed, interruption.Stop));
        ParseResult result = command.Parse(args);
        if (result.Errors.Count > 0)
        {
            return Refuse(CommandModes.Explain(result.Errors[0]));
        }

        return await result.InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = null,
        }).ConfigureAwait(false);
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        try
        {
            if (s_modes.Misplaced(parsed) is { } problem)
            {
                throw new BadInputException(problem);
            }

            if (parsed.GetValue(s_listFaults))
            {
                Console.WriteLine(string.Join(Environment.NewLine, FaultTable.Explain()));
                return 0;
            }

            if (parsed.GetValue(s_demo) is { } recording)
            {
                return Record(recording);
            }

            if (ThingsOptionsOf(parsed) is { } things)
            {
                using var run = new ThingsRun(things, Console.Out);
                return (await run.RunAsync(stop).ConfigureAwait(false)).Count == 0 ? 0 : Failed;
            }

            if (DemoOptionsOf(parsed) is { } demo)
            {
                return await DemonstrateAsync(demo, stop).ConfigureAwait(false);
            }

            if (parsed.GetValue(s_provisioning))
            {
                return Provision(parsed, stop);
            }

            if (PowerLossOptionsOf(parsed) is { } losses)
            {
                PowerLossTotals tried = await new PowerLossRun(losses, Console.Out).RunAsync(stop).ConfigureAwait(false);
                return tried.Failed.Count == 0 ? 0 : Failed;
            }

            if (UpdateSoakOptionsOf(parsed) is { } updates)
            {
                var run = new UpdateSoak(updates, Console.Out);
                await run.RunAsync(stop).ConfigureAwait(false);
                return run.Failed.Count == 0 ? 0 : Failed;
            }

            if (parsed.GetValue(s_otaAttack) is { } days)
            {
                var attack = new UpdateAttack(
                    new UpdateAttackOptions
                    {
                        Seed = parsed.GetValue(s_seed),
                        Days = (int)InRange(s_otaAttack.Name, days, 1, UpdateAttackOptions.MostDays),
                        Keep = parsed.GetValue(s_keep),
                    },
                    Console.Out);
                (UpdateAttackResult withKey, UpdateAttackResult without) = await attack.RunAsync(stop).ConfigureAwait(false);
                return withKey.Problems.Count + without.Problems.Count == 0 ? 0 : Failed;
            }

            if (SoakOptionsOf(parsed) is { } soak)
            {
                SoakTotals totals = await new SoakRun(soak, Console.Out).RunAsync(stop).ConfigureAwait(false);
                return totals.Failed.Count == 0 ? 0 : Failed;
            }

            TwinOptions options = Options(parsed);
            if (options.Board)
            {
                return await new BoardTwin(options).RunAsync(stop).ConfigureAwait(false) ? 0 : Failed;
            }

            using var twin = new TwinRun(options);
            TwinResult result = await twin.RunAsync(stop).ConfigureAwait(false);
            return result.Problems.Count == 0 ? 0 : Failed;
        }
        catch (Exception e) when (e is BadInputException or CaptureFormatException)
        {
            return Refuse(e.Message);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            Console.Error.WriteLine("twin: stopped");
            return Failed;
        }
    }

    private static int Record(string path)
    {
        using StreamWriter file = OutputFile.Open(s_demo.Name, path);
        int rows = DemoRecording.Write(file.BaseStream);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{path}: {rows} readings"));
        return 0;
    }

    private static int Refuse(string message)
    {
        Console.Error.WriteLine($"twin: {message.ReplaceLineEndings(" ")} (--help explains the options)");
        return BadInput;
    }

    private static TwinOptions Options(ParseResult parsed)
    {
        string[] captures = parsed.GetValue(s_captures) ?? [];
        string? backend = parsed.GetValue(s_backend);
        string? token = parsed.GetValue(s_token);
        if (backend != null && string.IsNullOrEmpty(token))
        {
            throw new BadInputException("--backend needs --token: the box's token as registering showed it");
        }

        FaultProfile? faults = parsed.GetValue(s_faults) is { } profile ? FaultProfile.Load(profile) : PowerLossAt(parsed) > 0 ? FaultTable
            .Named("none") : null;
        return new TwinOptions
        {
            Faults = faults,
            PowerLossAt = PowerLossAt(parsed),
            Board = parsed.GetValue(s_board),
            Hours = InRange("--hours", parsed.GetValue(s_hours), 0.01, 8784),
            Seed = parsed.GetValue(s_seed),
            Crowd = InRange("--crowd", parsed.GetValue(s_crowd), 0, 5000),
            Devices = backend == null ? (int)InRange("--devices", parsed.GetValue(s_devices), 1, 100) : 1,
            Speed = Speed(parsed.GetValue(s_speed)!),
            Captures = captures,
            Radio = Radio(parsed.GetValue(s_radio)),
            Backend = backend == null ? null : Address(backend),
            Token = token,
            DeviceId = DeviceId(parsed.GetValue(s_device)!),
            SendsJson = SendsJson(parsed.GetValue(s_wire)!),
            Transcript = OutputFile.Check(s_transcript.Name, parsed.GetValue(s_transcript)),
            Keep = parsed.GetValue(s_keep),
            Summary = OutputFile.Check(s_summary.Name, parsed.GetValue(s_summary)),
            Serve = parsed.GetValue(s_serve),
        };
    }

    private static bool SendsJson(string wire) => wire switch
    {
        "json" => true,
        "compact" => false,
        _ => throw new BadInputException($"--wire {wire}: must be compact or json"),
    };

    private static int Provision(ParseResult parsed, CancellationToken stop)
    {
        FaultProfile? faults = parsed.GetValue(s_faults) is { } profile ? FaultProfile.Load(profile) : null;
        using TextWriter? transcript = parsed.GetValue(s_transcript) is { } path ? OutputFile.Open(s_transcript.Name, path) : null;
        var run = new ProvisioningRun(parsed.GetValue(s_seed), faults, null, transcript, Console.Out);
        return run.Run(stop) == ProvisioningResult.Success ? 0 : Failed;
    }

    private static ThingsOptions? ThingsOptionsOf(ParseResult parsed)
    {
        if (parsed.GetValue(s_things) is not { } things)
        {
            return null;
        }

        bool isSaid = parsed.GetResult(s_hours) is { Implicit: false };
        return new ThingsOptions
        {
            Things = (int)InRange(s_things.Name, things, ThingsOptions.Fewest, ThingsOptions.Most),
            Hours = isSaid ? InRange("--hours", parsed.GetValue(s_hours), 0.01, 8784) : new ThingsOptions().Hours,
            Seed = parsed.GetValue(s_seed),
            Keep = parsed.GetValue(s_keep),
            Serve = parsed.GetValue(s_serve),
            UsesMqtt = parsed.GetResult(s_mqtt) is { Implicit: false },
            Broker = parsed.GetValue(s_mqtt) is { Length: > 0 } broker ? BrokerOf(broker) : null,
        };
    }

    private static DnsEndPoint BrokerOf(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && !text.Contains('/', StringComparison.Ordinal)
            && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= ushort.MaxValue
            ? new DnsEndPoint(text[..colon], port)
            : throw new BadInputException($"{s_mqtt.Name} must be HOST:PORT of a broker without TLS, or stand alone");
    }

    private static DemoOptions? DemoOptionsOf(ParseResult parsed)
    {
        if (!parsed.GetValue(s_ota))
        {
            return null;
        }

        return new DemoOptions
        {
            Seed = parsed.GetValue(s_seed),
            Boxes = (int)InRange("--boxes", parsed.GetValue(s_boxes), DemoOptions.FewestBoxes, DemoOptions.MostBoxes),
            Keep = parsed.GetValue(s_keep),
        };
    }

    private static async Task<int> DemonstrateAsync(DemoOptions options, CancellationToken stop)
    {
        if (Console.IsOutputRedirected)
        {
            // Nobody tells how wide a file is; Spectre.Console would break the lines at 80.
            AnsiConsole.Profile.Width = SummaryTable.WidthOfFiles;
        }

        using var demo = new OtaDemo(
            options, AnsiConsole.Console, isLive: !Console.IsOutputRedirected && AnsiConsole.Profile.Capabilities.Interactive);
        DemoResult result = await demo.RunAsync(stop).ConfigureAwait(false);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{TimeSpan.FromSeconds(result.VirtualSeconds):h\\:mm} hours of {result.Boxes.Count} boxes in {result.RealSeconds:N1} s."));
        TwinRun.ShowWhereToLook(result.DatabasePath, result.AdminKey);
        return result.Problems.Count == 0 ? 0 : Failed;
    }

    private static PowerLossOptions? PowerLossOptionsOf(ParseResult parsed)
    {
        string? only = parsed.GetValue(s_otaPowerLossAt);
        if (!parsed.GetValue(s_otaPowerLoss) && only is null)
        {
            return null;
        }

        return new PowerLossOptions
        {
            Seed = parsed.GetValue(s_seed),
            Every = (int)InRange("--every", parsed.GetValue(s_every), 1, 100_000),
            Pairs = (int)InRange("--pairs", parsed.GetValue(s_pairs), 0, 1_000_000),
            Only = only is null ? null : PowerCut.ParseList(only),
            ChangesKeys = parsed.GetValue(s_changeKeys),
            Release = Enum.TryParse(parsed.GetValue(s_release), ignoreCase: true, out TwinBehaviour release) && Enum.IsDefined(release)
                ? release
                : throw new BadInputException($"--release {parsed.GetValue(s_release)}: must be sound, hangs or cannotsend"),
            Keep = parsed.GetValue(s_keep),
        };
    }

    private static UpdateSoakOptions? UpdateSoakOptionsOf(ParseResult parsed)
    {
        if (parsed.GetValue(s_otaSoak) is not { } worlds)
        {
            return null;
        }

        string faults = parsed.GetValue(s_faults) ?? "all";
        return new UpdateSoakOptions
        {
            Worlds = (int)InRange("--ota-soak", worlds, 1, 1_000_000),
            FirstSeed = parsed.GetValue(s_seed),
            Faults = FaultProfile.Load(faults),
            FaultsArgument = faults,
            Keep = parsed.GetValue(s_keep),
        };
    }

    private static SoakOptions? SoakOptionsOf(ParseResult parsed)
    {
        int? worlds = parsed.GetValue(s_soak);
        long? seed = parsed.GetValue(s_soakSeed);
        if (worlds is null && seed is null)
        {
            return null;
        }

        if (worlds != null && seed != null)
        {
            throw new BadInputException("--soak and --soak-seed exclude each other");
        }

        string faults = parsed.GetValue(s_faults) ?? "all";
        return new SoakOptions
        {
            Worlds = worlds is { } count ? (int)InRange("--soak", count, 1, 1_000_000) : 1,
            FirstSeed = seed ?? parsed.GetValue(s_seed),
            Faults = FaultProfile.Load(faults),
            FaultsArgument = faults,
            Hours = InRange("--hours", parsed.GetValue(s_hours), 0.01, 8784),
            PowerLossAt = PowerLossAt(parsed),
            Keep = parsed.GetValue(s_keep),
            Transcript = OutputFile.Check(s_transcript.Name, parsed.GetValue(s_transcript)),
            Summary = OutputFile.Check(s_summary.Name, parsed.GetValue(s_summary)),
        };
    }

    private static int PowerLossAt(ParseResult parsed) =>
        parsed.GetValue(s_powerLossAt) is { } operation ? (int)InRange("--power-loss-at", operation, 1, int.MaxValue) : 0;

    private static double InRange(string option, double value, double min, double max) =>
        value >= min && value <= max
            ? value
            : throw new BadInputException(
                string.Create(CultureInfo.InvariantCulture, $"{option} {value}: must be between {min} and {max}"));

    private static string DeviceId(string text) =>
        text.Length is > 0 and <= BoxIdentity.MaxDeviceIdBytes && text.All(c => c is > ' ' and < (char)127 and not ('"' or '\\'))
            ? text
            : throw new BadInputException(
                $"--device {text}: must be 1 to {BoxIdentity.MaxDeviceIdBytes} printable characters, such as JBNB0001");

    private static double Speed(string text)
    {
        if (text == "max")
        {
            return 0;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double factor)
            ? InRange("--speed", factor, 0.01, 1_000_000)
            : throw new BadInputException($"--speed {text}: must be 'max' or a factor of real time");
    }

    private static RadioMode? Radio(string? text) => text switch
    {
        null => null,
        "all" => RadioMode.HearEverything,
        "real" => RadioMode.Real,
        _ => throw new BadInputException($"--radio {text}: must be 'all' or 'real'"),
    };

    private static Uri Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) && uri.Scheme == Uri.UriSchemeHttp
            ? uri
            : throw new BadInputException(
                $"--backend {text}: must be an address like http://localhost:5000 (plain HTTP, as the modem speaks it)");
}

/// <summary>What the user gave cannot be used: one clear line, exit code 2.</summary>
internal sealed class BadInputException(string message) : Exception(message);
