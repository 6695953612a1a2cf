# An sshd of the tests' own, for PowerShell remoting: on loopback, with a free port, and with keys and a configuration in a folder of its own. It is
# never the system's. Its three addresses stand for three hosts: each has a BACKUPPS_HOME of its own.

# The program, or nothing where it is not installed. Those who are not root seldom have it on their PATH.
function Find-SshServer {
    $found = Get-Command -Name sshd, /usr/sbin/sshd, /usr/local/sbin/sshd -CommandType Application -ErrorAction Ignore | Select-Object -First 1
    # It starts itself again for each connection, which needs its whole path.
    if ($found -and $IsLinux -and (Get-Command -Name ssh, ssh-keygen -CommandType Application -ErrorAction Ignore).Count -ge 2) { $found.Source }
}

function Get-FreePort {
    $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Loopback, 0)
    $listener.Start()
    try { $listener.LocalEndpoint.Port } finally { $listener.Stop() }
}

# Starts it, and returns what New-PSSession needs and what Stop-SshServer ends.
function Start-SshServer {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'A fixture of tests.')]
    param([string] $Folder, [string] $Program)
    $null = New-Item -ItemType Directory -Path $Folder, (Join-Path $Folder 'hosts')
    foreach ($key in 'host', 'user') { & ssh-keygen -q -t ed25519 -N '' -C '' -f (Join-Path $Folder $key) }
    Copy-Item -LiteralPath (Join-Path $Folder 'user.pub') -Destination (Join-Path $Folder 'authorized_keys')

    # sshd hands on next to nothing of its environment.
    $subsystem = Join-Path $Folder 'powershell.sh'
    Set-Content -LiteralPath $subsystem -Value @"
#!/bin/sh
# SSH_CONNECTION: address and port of the client, address and port of the server.
set -- `$SSH_CONNECTION
export BACKUPPS_HOME='$Folder/hosts/'"`$3"
exec $(Get-RunningHostCommand) -NoLogo -NoProfile -sshs
"@
    & chmod 700 $subsystem

    # It wants this folder where it runs as root; the service of a distribution makes it.
    $privileged = (& id -u) -eq '0' -and -not (Test-Path -LiteralPath /run/sshd)
    if ($privileged) { & mkdir -m 755 /run/sshd }
    $log = Join-Path $Folder 'log'
    for ($attempt = 1; ; $attempt++) {
        $port = Get-FreePort
        $config = Join-Path $Folder 'config'
        Set-Content -LiteralPath $config -Value @"
Port $port
ListenAddress 127.0.0.1
ListenAddress 127.0.0.2
ListenAddress 127.0.0.3
HostKey $Folder/host
AuthorizedKeysFile $Folder/authorized_keys
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PermitRootLogin prohibit-password
MaxStartups 30
Subsystem powershell $subsystem
"@
        $process = [System.Diagnostics.Process]::Start($Program, [string[]]('-D', '-f', $config, '-E', $log))
        $server = [pscustomobject]@{
            Process = $process
            MadeFolder = $privileged
            Log = $log
            HostName = '127.0.0.1', '127.0.0.2', '127.0.0.3'
            Remoting = @{
                Port = $port
                UserName = [Environment]::UserName
                KeyFilePath = Join-Path $Folder 'user'
                Options = @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = (Join-Path $Folder 'known_hosts'); IdentitiesOnly = 'yes'; LogLevel = 'ERROR' }
            }
        }
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        while (-not $process.HasExited -and $clock.Elapsed.TotalSeconds -lt 10) {
            try { [System.Net.Sockets.TcpClient]::new('127.0.0.3', $port).Dispose(); return $server } catch { Start-Sleep -Milliseconds 20 }
        }
        Stop-SshServer -Server $server
        # Somebody else may have taken the port meanwhile.
        if ($attempt -eq 3) { throw "sshd did not start: $(Get-Content -LiteralPath $log -Raw)" }
        if ($privileged) { & mkdir -m 755 /run/sshd }
    }
}

function Stop-SshServer {
    [Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseShouldProcessForStateChangingFunctions', '', Justification = 'A fixture of tests.')]
    param([object] $Server)
    # With the sessions that it still has.
    if (-not $Server.Process.HasExited) { $Server.Process.Kill($true) }
    $Server.Process.WaitForExit()
    $Server.Process.Dispose()
    if ($Server.MadeFolder) { & rmdir /run/sshd }
}
