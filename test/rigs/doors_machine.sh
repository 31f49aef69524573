# A machine with doors, for doors_machine.ts: process 1 of a mount and a PID namespace. What it
# changes is seen in the namespace alone, and disappears with its last process.
# $1 is the program deno. It ends when standard input is closed, which also happens if whoever started it is killed.
set -eu
mount -t tmpfs -o mode=755 doors /mnt
for folder in etc home usr var; do
  mkdir -p "/mnt/$folder/upper" "/mnt/$folder/work"
  upper=upperdir=/mnt/$folder/upper,workdir=/mnt/$folder/work
  mount -t overlay -o "lowerdir=/$folder,$upper" "$folder" "/$folder"
done
mount -t tmpfs -o mode=755 doors /run
# Deno may be in the home of root, which is empty from here on, caches included.
touch /usr/local/bin/deno
mount --bind "$1" /usr/local/bin/deno
mount -t tmpfs -o mode=700 doors /root
mkdir -m 755 /run/sshd /mnt/keys
for key in host_key authority stranger; do
  ssh-keygen -q -t ed25519 -N '' -C '' -f "/mnt/keys/$key"
done

# Notes each session that PAM opens for any service, whatever the client does.
cat > /mnt/witness << 'WITNESS'
#!/bin/sh
echo "$PAM_SERVICE $PAM_USER" >> /mnt/sessions
WITNESS
chmod 755 /mnt/witness
: > /mnt/sessions
echo 'session optional pam_exec.so seteuid quiet type=open_session /mnt/witness' \
  >> /etc/pam.d/common-session

# The PAM files without the client.
cp -a /etc/pam.d /mnt

printf '#!/bin/sh\necho doors\n' > /mnt/askpass
chmod 755 /mnt/askpass

cat > /mnt/sshd_config << 'SSHD'
ListenAddress 127.0.0.1
HostKey /mnt/keys/host_key
PidFile none
UsePAM yes
UseDNS no
KbdInteractiveAuthentication no
AuthorizedKeysFile /mnt/keys/%u.pub
TrustedUserCAKeys /mnt/keys/authority.pub
PermitUserEnvironment yes
AcceptEnv *
MaxStartups 100
Subsystem sftp /usr/lib/openssh/sftp-server
Match User both
  AuthenticationMethods publickey,password
SSHD

cat > /mnt/ssh_config << 'SSH'
HostName 127.0.0.1
UserKnownHostsFile /dev/null
StrictHostKeyChecking no
LogLevel ERROR
IdentitiesOnly yes
SSH

echo ready
exec cat > /dev/null
