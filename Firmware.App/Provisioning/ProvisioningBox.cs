using System.Text;
using JamBox.App;
using JamBox.Ports;
using JamBox.Uplink;

namespace JamBox.Provisioning;

/// <summary>
/// The provisioning firmware: brings the modem of a factory-fresh box up once, in 12 steps (docs/provisioning.md), and leaves a flag for
/// the production firmware. No Wi-Fi, no Bluetooth, no token. Whatever fails is named on the serial port, with what to do; a press of the
/// button then tries again. The button held while the box starts provisions it again.
/// </summary>
public sealed class ProvisioningBox : ILoop
{
    /// <summary>The watchdog's patience, ms: that of the production firmware.</summary>
    public const int WatchdogMs = Box.WatchdogMs;

    /// <summary>How often the result is said again, ms: a terminal may be plugged in late.</summary>
    public const int RepeatMs = 30000;

    private const int PumpMs = 20;

    // A button that is stuck is no reason to do nothing.
    private const int MaxHeldMs = 60000;
    private const int ButtonFlashMs = 200;

    private readonly IClock _clock;
    private readonly IKeyValueStore _store;
    private readonly IButtons _buttons;
    private readonly Progress _progress;
    private readonly ISystem _system;
    private readonly Led _led;
    private readonly MainButton _button;
    private readonly ProvisioningTrace _trace;
    private readonly IModem _modem;
    private ButtonPress _press;
    private bool _isRunning;
    private long _nextRepeatMs;

    /// <param name="clock">Uptime.</param>
    /// <param name="modemLink">The modem's UART.</param>
    /// <param name="modem">Makes the modem.</param>
    /// <param name="store">Access point name and bands; the flag.</param>
    /// <param name="indicator">The LED.</param>
    /// <param name="buttons">The main button.</param>
    /// <param name="watchdog">The watchdog.</param>
    /// <param name="system">The chip; its log is the serial port.</param>
    public ProvisioningBox(
        IClock clock,
        IModemLink modemLink,
        IModemFactory modem,
        IKeyValueStore store,
        IIndicator indicator,
        IButtons buttons,
        IWatchdog watchdog,
        ISystem system)
    {
        _clock = clock;
        _store = store;
        _buttons = buttons;
        _progress = new Progress(clock, watchdog);
        _system = system;
        _led = new Led(indicator);
        _button = new MainButton(buttons);
        _trace = new ProvisioningTrace(modemLink, system);
        _modem = modem.Create(_trace, clock, this);
    }

    /// <summary>Gets how it ended; <see cref="ProvisioningResult.None"/> while it runs.</summary>
    public ProvisioningResult Result { get; private set; }

    /// <summary>Gets the step that failed, 1…12, or 0.</summary>
    public int FailedStep { get; private set; }

    /// <summary>Gets what the LED shows.</summary>
    public LedState LedState => _led.State;

    /// <summary>Starts the watchdog and looks at button and flag. To be called once, before <see cref="RunOnce"/>.</summary>
    public void Start()
    {
        _progress.Start(WatchdogMs);
        _led.Show(LedState.Booting);
        _led.Step(_clock.UptimeMs);
        _system.Log("JamBox NB provisioning " + FirmwareVersion.Text + ", started by " + _system.ResetReason);
        if (_buttons.IsMainPressed)
        {
            _system.Log("button held: provisioning again. Release it.");
            BoxIdentity.WriteCellularOk(_store, false);
            long endMs = _clock.UptimeMs + MaxHeldMs;
            while (_buttons.IsMainPressed && _clock.UptimeMs < endMs)
            {
                Pump();
            }

            _press = ButtonPress.None;
        }

        if (BoxIdentity.ReadCellularOk(_store))
        {
            End(ProvisioningResult.Success, 0);
            _system.Log("provisioned before. Hold the button while the box starts to do it again.");
        }
    }

    /// <summary>One pass of the loop: provisions, or waits for the button and says how it ended.</summary>
    public void RunOnce()
    {
        _progress.Begin(Progress.PassMs);
        if (Result == ProvisioningResult.None)
        {
            Provision();
            return;
        }

        bool isPressed = _press != ButtonPress.None;
        _press = ButtonPress.None;
        if (isPressed && Result != ProvisioningResult.Success)
        {
            _system.Log("button: trying again");
            _led.Flash(LedState.Button, _clock.UptimeMs, ButtonFlashMs);
            Result = ProvisioningResult.None;
            return;
        }

        if (_clock.UptimeMs >= _nextRepeatMs)
        {
            Say();
        }

        Pump();
    }

    /// <inheritdoc/>
    public void Pump()
    {
        long now = _clock.UptimeMs;
        // Behind the deadline nothing feeds it: a hang ends in a reboot, and provisioning begins anew.
        _progress.Feed();
        if (_isRunning && _trace.IsSearching)
        {
            _led.Show(LedState.Searching);
        }

        _led.Step(now);
        ButtonPress press = _button.Step(now);
        if (press != ButtonPress.None)
        {
            _press = press;
        }

        _clock.Sleep(PumpMs);
    }

    private void Provision()
    {
        _progress.Begin(Progress.BringUpMs);
        _isRunning = true;
        _trace.Clear();
        _led.Show(LedState.Booting);
        var settings = new ProvisioningSettings(_store);
        WarnOfAddress();
        _system.Log("apn " + Text(settings.Apn, settings.IsApnDefault) + ", bands " + Text(settings.Bands, settings.AreBandsDefault));
        bool isDone = _modem.Provision(settings.Apn, settings.Bands);
        ModemError error = _modem.LastError;
        int step = _modem.FailedStep + 1;
        string request = _trace.LastRequest;
        string answer = _trace.LastAnswer;
        if (error != ModemError.NoReply)
        {
            _modem.AskFacts();
        }

        _isRunning = false;
        if (!isDone)
        {
            End(ProvisioningAdvice.Of(error), step);
            _system.Log("step " + step.ToString() + " of 12 failed: " + request + " -> " + (answer.Length > 0 ? answer : "(no answer)"));
        }
        else
        {
            End(BoxIdentity.WriteCellularOk(_store, true) ? ProvisioningResult.Success : ProvisioningResult.NvsWriteFailed, 0);
        }

        Say();
    }

    /// <summary>
    /// Host and port are for the production firmware; here is the first who can say that it will not be able to use them.
    /// </summary>
    private void WarnOfAddress()
    {
        var identity = new BoxIdentity(_store);
        string problem = identity.AddressProblem;
        if (identity.Host.Length > 0 && problem != null)
        {
            _system.Log("the production firmware will not work: " + problem);
        }
    }

    private void End(ProvisioningResult result, int step)
    {
        Result = result;
        FailedStep = step;
        _press = ButtonPress.None;

        // Solid green, like "sent".
        _led.Show(result == ProvisioningResult.Success ? LedState.Sent : LedState.Fatal);
        _led.Step(_clock.UptimeMs);
    }

    private void Say()
    {
        _nextRepeatMs = _clock.UptimeMs + RepeatMs;
        if (Result == ProvisioningResult.Success)
        {
            _system.Log("PROVISIONING SUCCESS: the modem is set up. Flash the production firmware.");
            return;
        }

        _system.Log(
            "PROVISIONING FAILED: " + ProvisioningAdvice.Name(Result) + ". " + ProvisioningAdvice
                .WhatToDo(Result) + " Press the button to try again.");
    }

    private static string Text(byte[] value, bool isDefault)
    {
        return Encoding.UTF8.GetString(value, 0, value.Length) + (isDefault ? " (default)" : string.Empty);
    }
}
