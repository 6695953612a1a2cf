# PowerShell remoting over a real sshd: backups on other hosts, their objects here, and errors that say as much as they say at home.

BeforeDiscovery {
    . (Join-Path $PSScriptRoot 'SshServer.ps1')
    $canServe = [bool](Find-SshServer)
    if (-not $canServe) {
        Write-Warning 'Remoting over SSH is NOT TESTED here: that needs Linux with sshd, ssh and ssh-keygen (Debian: apt-get install openssh-server).'
    }
}

Describe 'Remoting over SSH' -Skip:(-not $canServe) {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'TestSetup.ps1')
        . (Join-Path $PSScriptRoot 'NounSample.ps1')
        . (Join-Path $PSScriptRoot 'SshServer.ps1')
        $server = Start-SshServer -Folder (Join-Path $TestRoot 'ssh') -Program (Find-SshServer)
        $ssh = $server.Remoting
        $keyFile = Get-TestKeyFile
        $vault = Initialize-TestRepository -Name vault
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
        $sessions = @(New-PSSession -HostName $server.HostName @ssh -ErrorAction Stop | Sort-Object -Property ComputerName)
        Invoke-Command -Session $sessions -ScriptBlock {
            $ProgressPreference = 'SilentlyContinue'
            Import-Module -Name $using:Manifest
            $null = Connect-BackupRepository -Name vault -Path $using:vault.Path -KeyFile $using:keyFile
            $null = New-BackupPolicy -Name nightly -Source $using:tree -Repository vault
        }
    }

    AfterAll {
        $sessions | Remove-PSSession
        Stop-SshServer -Server $server
        Clear-TestRoot
    }

    It 'backs up over there, and restores and verifies here what came back' {
        $result = Invoke-Command -Session $sessions[0] -ScriptBlock { Invoke-Backup -LiteralPath $using:tree -Repository vault }
        $result.PSObject.TypeNames | Should -Contain 'Deserialized.BackupPS.BackupResult'
        $result.Status | Should -Be 'Complete'
        $result.PSComputerName | Should -Be $server.HostName[0]
        ($result | Restore-Backup -Destination (Join-Path $TestRoot 'from-result')).FilesRestored | Should -Be 6
        Get-Content -LiteralPath "$TestRoot/from-result$tree/a[1].txt" -Raw | Should -BeExactly 'brackets'
        ($result | Test-BackupIntegrity -Level Data).Status | Should -Be 'Passed'

        $there = Invoke-Command -Session $sessions[0] -ScriptBlock {
            $snapshot = Get-BackupSnapshot -Repository vault -Last 1
            $snapshot
            $snapshot | Get-BackupItem -Recurse | Where-Object Name -Like '*.cs'
        }
        ($there[0] | Restore-Backup -Destination (Join-Path $TestRoot 'from-snapshot') -Verify).Verified | Should -BeTrue
        $items = @($there | Select-Object -Skip 1)
        $items.Name | Should -Be 'two.cs', 'one.cs'
        ($items | Restore-Backup -Destination (Join-Path $TestRoot 'from-items')).FilesRestored | Should -Be 2
    }

    It 'carries every property of every noun' {
        $copies = @(Invoke-Command -Session $sessions[1] -ScriptBlock { . $using:PSScriptRoot/NounSample.ps1; Get-NounSample })
        $samples = @(Get-NounSample)
        $copies.Count | Should -Be $samples.Count
        for ($i = 0; $i -lt $samples.Count; $i++) { Assert-SameNoun -Original $samples[$i] -Copy $copies[$i] }
    }

    It 'backs up several hosts into one repository at the same time' {
        $folders = 1..3 | ForEach-Object {
            $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot "host$_")).FullName
            # Half of it is on every host, half on this one alone.
            Add-RandomFile -Path (Join-Path $folder 'shared') -Length 20MB -Seed 1
            Add-RandomFile -Path (Join-Path $folder 'own') -Length 20MB -Seed (10 + $_)
            $folder
        }
        $before = (Get-BackupSnapshot -Repository vault).SnapshotId
        $results = Invoke-Command -Session $sessions -ScriptBlock {
            # 127.0.0.1 has the first.
            $number = [int](($env:SSH_CONNECTION -split ' ')[2] -split '\.')[3]
            Invoke-Backup -LiteralPath ($using:folders)[$number - 1] -Repository vault -Tag fleet
        }
        $results.Status | Should -Be 'Complete', 'Complete', 'Complete'
        $results.PSComputerName | Sort-Object | Should -Be $server.HostName
        # They did run at the same time, and each is a host of its own.
        ($results.Started | Sort-Object)[-1] | Should -BeLessThan (($results | ForEach-Object { $_.Started + $_.Duration }) | Sort-Object)[0]
        $snapshots = @(Get-BackupSnapshot -Repository vault | Where-Object SnapshotId -NotIn $before)
        $snapshots.SnapshotId | Sort-Object | Should -Be ($results.SnapshotId | Sort-Object)
        @($snapshots.HostId | Sort-Object -Unique).Count | Should -Be 3
        (Test-BackupIntegrity -Repository vault -Level Data).Status | Should -Be 'Passed'
        $destination = Join-Path $TestRoot 'of-all'
        $null = $results | Restore-Backup -Destination $destination
        foreach ($folder in $folders) { (Get-FileHash -LiteralPath "$destination$folder/own").Hash | Should -Be (Get-FileHash -LiteralPath "$folder/own").Hash }
    }

    It 'tells an error from over there as at home: id, category, target and advice' {
        Invoke-Command -Session $sessions[0] -ScriptBlock { Invoke-Backup -PolicyName nowhere } -ErrorVariable problem -ErrorAction SilentlyContinue
        Invoke-Backup -PolicyName nowhere -ErrorVariable here -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -Be $here[0].FullyQualifiedErrorId
        $problem[0].CategoryInfo.Category | Should -Be $here[0].CategoryInfo.Category
        $problem[0].TargetObject | Should -Be 'nowhere'
        $problem[0].ErrorDetails.RecommendedAction | Should -Be $here[0].ErrorDetails.RecommendedAction
        $problem[0].OriginInfo.PSComputerName | Should -Be $server.HostName[0]
    }

    It 'stops over there when it is stopped here' {
        $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
        1..4 | ForEach-Object { Add-RandomFile -Path (Join-Path $large "data$_") -Length 150MB -Seed (20 + $_) }
        $pipeline = [powershell]::Create($sessions[2].Runspace).AddScript("Invoke-Backup -LiteralPath '$large' -Repository vault")
        try {
            $running = $pipeline.BeginInvoke()
            # A run writes what happens to a file while it goes on.
            $runs = Join-Path $TestRoot "ssh/hosts/$($server.HostName[2])/runs"
            while (-not (Get-ChildItem -LiteralPath $runs -Recurse -Filter *.jsonl -ErrorAction Ignore | Where-Object { (Get-Content -LiteralPath $_.FullName -Raw) -match [regex]::Escape($large) })) {
                if ($running.IsCompleted) { throw "The run ended before it could be stopped: $($pipeline.Streams.Error)" }
            }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $pipeline.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        }
        finally { $pipeline.Dispose(); Remove-Item -LiteralPath $large -Recurse }
        (Invoke-Command -Session $sessions[2] -ScriptBlock { Get-BackupRun -Last 1 }).Status | Should -Be 'Cancelled'
    }

    Context 'Backup-Fleet.ps1' {
        BeforeAll {
            $fleet = Join-Path $ModuleRoot 'examples/Backup-Fleet.ps1'
            $absent = Join-Path $TestRoot 'absent'
        }

        It 'opens sessions, backs up what is in reach, and ends with 1 for what is not' {
            # Nothing listens at the last one.
            $results = & $fleet -HostName ($server.HostName[0, 1] + '127.0.0.4') @ssh -Module $Manifest -Path $tree -Repository $vault.Path -KeyFile $keyFile -ErrorVariable problem 2>$null
            $LASTEXITCODE | Should -Be 1
            $results.Status | Should -Be 'Complete', 'Complete'
            $results.PSComputerName | Sort-Object | Should -Be $server.HostName[0, 1]
            $problem -join "`n" | Should -Match '127\.0\.0\.4'
            @(Get-PSSession).Count | Should -Be $sessions.Count
            ($results | Test-BackupIntegrity).Status | Should -Be 'Passed', 'Passed'
        }

        It 'ends with 0 where all is saved, and with 3 where something could not be' {
            $results = & $fleet -Session $sessions -Module $Manifest -PolicyName nightly
            $LASTEXITCODE | Should -Be 0
            $results.PolicyName | Should -Be 'nightly', 'nightly', 'nightly'
            $fault, $result = & $fleet -Session $sessions[0] -Module $Manifest -Path $tree, $absent -Repository vault 2>&1
            $LASTEXITCODE | Should -Be 3
            $result.Status | Should -Be 'Incomplete'
            $fault.FullyQualifiedErrorId | Should -BeLike 'SourceNotFound,*'
        }

        It 'ends with 1 where a host has no such policy' {
            & $fleet -Session $sessions[0] -Module $Manifest -PolicyName nowhere 2>$null | Should -BeNullOrEmpty
            $LASTEXITCODE | Should -Be 1
            & $fleet -Session $sessions[0] 2>$null | Should -BeNullOrEmpty
            $LASTEXITCODE | Should -Be 1
        }

        It 'takes a passphrase along' {
            $locked = New-BackupRepository -Path (Join-Path $TestRoot 'locked') -Password (Get-TestPassword)
            (& $fleet -Session $sessions[0] -Module $Manifest -Path $tree -Repository $locked.Path -Password (Get-TestPassword)).Status | Should -Be 'Complete'
            $LASTEXITCODE | Should -Be 0
        }

        It 'changes nothing under -WhatIf, and has each host say what it would do' {
            $before = Get-FolderState -Path $vault.Path, (Join-Path $TestRoot 'ssh/hosts')
            $said = & $fleet -Session $sessions[0, 1] -Module $Manifest -PolicyName nightly -WhatIf *>&1
            $LASTEXITCODE | Should -Be 0
            $said | Where-Object { $_ -isnot [System.Management.Automation.InformationRecord] } | Should -BeNullOrEmpty
            Get-FolderState -Path $vault.Path, (Join-Path $TestRoot 'ssh/hosts') | Should -Be $before
        }
    }
}
